use super::*;

#[test]
fn a_short_name_of_one_format_is_an_attribute() {
    assert_eq!(attribute(FormatName::Cloudtrail, "user.ip"), Some("source.address".into()));
    assert_eq!(
        attribute(FormatName::Cloudtrail, "request.bucketName"),
        Some("aws.request.parameters.bucketName".into())
    );
    assert_eq!(attribute(FormatName::Lambda, "duration_ms"), Some("aws.lambda.duration_ms".into()));
    assert_eq!(attribute(FormatName::Json, "duration_ms"), None);
}
