//! Names of the formats inside of log messages, as they stand in the configuration.

use std::fmt;

/// Defines the names once: the variant, how it is written, and what it is.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A format inside of log messages. `record::format` reads them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FormatName {
            $($(#[$doc])* $name,)*
        }

        impl FormatName {
            /// Every name, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name, as in the configuration.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }

        super::read::choices! { FormatName { $($text => Self::$name,)* } }
    };
}

names! {
    /// Lambda's own lines and those of its runtimes.
    Lambda = "lambda",
    /// Lambda's log format JSON: platform events and those of functions.
    LambdaJson = "lambda_json",
    /// The embedded metric format of CloudWatch.
    EmbeddedMetrics = "embedded_metrics",
    /// VPC flow logs.
    VpcFlow = "vpc_flow",
    /// CloudTrail events.
    Cloudtrail = "cloudtrail",
    /// Query logs of the Route 53 Resolver.
    Route53 = "route53",
    /// AWS WAF.
    Waf = "waf",
    /// AWS Network Firewall.
    NetworkFirewall = "network_firewall",
    /// PostgreSQL of RDS and Aurora.
    Postgres = "postgres",
    /// Error log of MySQL and MariaDB of RDS and Aurora.
    Mysql = "mysql",
    /// Slow query log of MySQL and MariaDB.
    MysqlSlow = "mysql_slow",
    /// Enhanced monitoring of RDS.
    RdsMonitoring = "rds_monitoring",
    /// Audit log of Kubernetes, as EKS writes it.
    EksAudit = "eks_audit",
    /// Step Functions.
    StepFunctions = "step_functions",
    /// EventBridge events.
    Eventbridge = "eventbridge",
    /// AWS AppSync.
    Appsync = "appsync",
    /// AWS IoT.
    Iot = "iot",
    /// Delivery status of SNS.
    Sns = "sns",
    /// Access logs of API Gateway: the presets in JSON, CLF, CSV and XML.
    ApiGateway = "api_gateway",
    /// Execution logs of API Gateway.
    ApiGatewayExecution = "api_gateway_execution",
    /// Access logs of application, network and classic load balancers.
    Elb = "elb",
    /// Server access logs of S3.
    S3Access = "s3_access",
    /// Standard logs of CloudFront.
    Cloudfront = "cloudfront",
    /// Common and combined log format.
    AccessLog = "access_log",
    /// Syslog by RFC 5424 and RFC 3164.
    Syslog = "syslog",
    /// Header of klog and glog.
    Klog = "klog",
    /// logfmt.
    Logfmt = "logfmt",
    /// JSON of any logger.
    Json = "json",
    /// Plain text.
    Text = "text",
}

impl fmt::Display for FormatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
