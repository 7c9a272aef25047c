//! What is found, and what is not.

use proptest::prelude::*;

use super::*;

fn found(text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    find(text, Detectors::ALL, &mut findings);
    findings.sort_by_key(|it| it.start);
    findings.iter().map(|it| format!("{:?} {}", it.detector, &text[it.start..it.end])).collect()
}

/// Claims that exactly this is found in each text: what stands between `<` and `>`, which are taken out first.
#[track_caller]
fn check(detector: Detector, texts: &[&str]) {
    for marked in texts {
        let text = marked.replace(['<', '>'], "");
        let expected: Vec<_> = marked
            .split('<')
            .skip(1)
            .map(|rest| format!("{detector:?} {}", rest.split('>').next().unwrap_or_default()))
            .collect();
        assert_eq!(found(&text), expected, "{text}");
        if !expected.is_empty() {
            assert!(may_hold(text.as_bytes(), Detectors::ALL), "{text}");
        }
    }
}

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

#[test]
fn access_key_ids_are_twenty_capitals_and_digits_behind_a_known_prefix() {
    check(
        Detector::AwsKeys,
        &[
            "key <AKIAIOSFODNN7EXAMPLE> used",
            "<ASIAI44QH8DHBEXAMPLE>",
            "Credential=<AKIAIOSFODNN7EXAMPLE>/20261122/us-east-1/s3/aws4_request",
            r#"{"accessKeyId":"<ABIAIOSFODNN7EXAMPLE>"}"#,
            r"line\n<ACCAIOSFODNN7EXAMPLE>\n",
            r"a\u003d<AKIAIOSFODNN7EXAMPLE>\u0026b",
            "a%3D<AKIAIOSFODNN7EXAMPLE>%26b",
            "\u{1b}[36m<AKIAIOSFODNN7EXAMPLE>\u{1b}[0m",
            // Ids of users and roles, too short, too long, part of a word, lower case.
            "AIDAIOSFODNN7EXAMPLE AROAIOSFODNN7EXAMPLE",
            "AKIAIOSFODNN7EXAMPL .................",
            "AKIAIOSFODNN7EXAMPLE1 AKIAIOSFODNN7EXAMPLEs",
            "XAKIAIOSFODNN7EXAMPLE",
            "akiaiosfodnn7example",
            "ALASKA ASIAN CUISINE",
        ],
    );
}

#[test]
fn secrets_of_aws_are_told_by_their_names() {
    for before in [
        "aws_secret_access_key=",
        "aws_secret_access_key = ",
        "export AWS_SECRET_ACCESS_KEY=\"",
        r#"{"secretAccessKey":""#,
        r#"{"SecretAccessKey": ""#,
        r#"{\"secretAccessKey\":\""#,
        r#"{\\\"secretAccessKey\\\":\\\""#,
        "{'SecretAccessKey': '",
        "aws.secretKey: ",
        "awsSecretKey=",
        ":secret_access_key=",
        "[2026] x-amz-security-token: ",
        r#""X-Amz-Security-Token":[""#,
        "https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Security-Token=",
        "https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Signature=",
        r"k?a=b\u0026X-Amz-Security-Token=",
        r#"{"sessionToken": ""#,
        "AWS_SESSION_TOKEN=",
        r#"{"name":"AWS_SECRET_ACCESS_KEY","value":""#,
        r#"{\"name\": \"AWS_SECRET_ACCESS_KEY\", \"value\": \""#,
    ] {
        let text = format!("{before}{SECRET}\" end");
        assert_eq!(found(&text), [format!("AwsKeys {SECRET}")], "{text}");
        assert!(may_hold(text.as_bytes(), Detectors::ALL));
    }
    let xml = format!("<Credentials><SecretAccessKey>{SECRET}</SecretAccessKey><Expiration>");
    assert_eq!(found(&xml), [format!("AwsKeys {SECRET}")]);
    assert_eq!(
        found(r#"{"secretAccessKey":"wJalrXUtnFEMI\/K7MDENG\u002bbPxRfiCY"}"#),
        [r"AwsKeys wJalrXUtnFEMI\/K7MDENG\u002bbPxRfiCY"]
    );
    check(
        Detector::AwsKeys,
        &[
            "secretAccessKey is missing from the environment",
            "secretAccessKey: null",
            "nextToken=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "tokens used: 1234567890123456789012",
            "secretary: wJalrXUtnFEMIxK7MDENGxbPxRfiCYEXAMPLEKEY",
            "aws_secret_access_key=[redacted:aws_key]",
            "aws_secret_access_key=[aws_key:0123456789ab]",
        ],
    );
}

#[test]
fn tokens_are_told_by_their_form_their_prefix_or_their_header() {
    check(
        Detector::Tokens,
        &[
            "jwt <eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P>.",
            r#"{"t":"<eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0>.","n":1}"#,
            r"\n<eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x>\n",
            "cut off: <eyJhbGciOiJIUzI1NiJ9.eyJzdWIi>",
            "<eyJhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGe.48V1.5eym.XFB>",
            "Authorization: Bearer <abc123>",
            "authorization: bearer <abc.def-ghi>",
            "AUTHORIZATION: BASIC <dXNlcjpwYXNz>",
            r#"{"Authorization":["Basic <YTpi>"]}"#,
            r#"{\"authorization\":\"token <gho123>\"}"#,
            "proxy-authorization=<0123456789abcdef0123>",
            r#"{"name":"Authorization","value":"Basic <dXNlcjpwYXNz>"}"#,
            "sent Bearer <0123456789abcdef.x>",
            "<ghp_0123456789abcdefghijklmnopqrstuvwxyz>",
            "<github_pat_11ABCDEFG0123456789_abcdef>",
            "<glpat-0123456789abcdefghij>",
            "<xoxb-1234567890-abcdef>",
            "<sk_live_0123456789abcdef> <rk_test_0123456789abcdef>",
            "<AIzaSyA0123456789abcdefghijklmnopqrstuv>",
            "<npm_0123456789abcdefghijklmnopqrstuvwxyz>",
            // Near misses.
            "eyJhbGciOiJIUzI1NiJ9 eyJzdWIiOiIxMjM0In0",
            "eyJh.eyJz.x",
            "keyJournal.name.of.something",
            "Bearer authentication is required here",
            "the bearer of 0123",
            "Authorization: AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host",
            "authorization failed: permission-denied-by-policy",
            "pk_live_0123456789abcdef",
            "ghp_0123456789",
            "task_live_0123456789abcdef",
            "Authorization: Bearer [redacted:token]",
            "Authorization: [redacted:token]",
        ],
    );
}

#[test]
fn private_keys_go_whole_and_to_the_end_where_they_were_cut_off() {
    check(
        Detector::PrivateKeys,
        &[
            "a <-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----> b",
            "<-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY----->\\n",
            r#"{"key":"<-----BEGIN EC PRIVATE KEY-----\nMIIE\n-----END EC PRIVATE KEY----->\n","n":1}"#,
            "<-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza\nand so on>",
            r#"{"key":"<-----BEGIN PRIVATE KEY-----\nMIIE>","next":"-----END PRIVATE KEY-----"}"#,
            r#"{"m":"{\"key\":\"<-----BEGIN PRIVATE KEY-----\\nMIIE>\"}"}"#,
            "<-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n-----END PGP PRIVATE KEY BLOCK----->",
            "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----",
            "THE PRIVATE KEY is missing",
        ],
    );
}

#[test]
fn addresses_are_those_that_people_have() {
    check(
        Detector::Emails,
        &[
            "from <bob@example.com> to <a.b+c@mail.example.co.uk>.",
            r#"{"email":"<bob_1@example.com>"}"#,
            r"\n<bob@example.com>\n",
            r"\u003c<bob@example.com>\u003e",
            "?email=<bob%40example.com>&x=1",
            "postgres://user:<secret@db.example.com>:5432",
            "mailto:<x@y.io>,",
            "<bob@163.com>",
            "<bob@example.com>-1 users/<bob@example.com>.json",
            // Near misses.
            "git@github.com:acme/app.git",
            "@timestamp user@ @example.com a@b a@b.c",
            "lodash@4.17.21 pkg@1.0.0-rc.beta image@sha256:0a",
            "/img/logo@2x.png java.lang.Object@1b6d3586",
            "ubuntu@ip-10-0-0-1.eu-west-1.compute.internal app@pod.svc.cluster.local",
            "100% of 40 and %4a",
        ],
    );
}

#[test]
fn cards_have_an_issuer_a_length_and_a_check_digit() {
    check(
        Detector::Cards,
        &[
            "paid with <4111111111111111>",
            "<4111 1111 1111 1111> <5500-0000-0000-0004>",
            r#"{"card":<378282246310005>,"n":1}"#,
            "<3782 822463 10005>, <3056 930902 5904>",
            "<30569309025904> <6011111111111117> <3530111333300000> <2223003122003222> <6200000000000005>",
            "1234 <4111 1111 1111 1111> 99",
            r"\n<4111111111111111>\t",
            r"\u0026<4111111111111111>",
            "order-<4111111111111111>.",
            "digits 1111111111111111111111111 and <4111111111111111>",
            // Near misses: a wrong digit, times, accounts, ids, parts of longer numbers and of fractions.
            "4111111111111112 1111111111111117",
            "1718000000000 1718000000000000 1718000000000000000",
            "123456789010 111122223333 2026-11-22 06:00:00",
            "38119002014376820000000000000000000000000000000000000001",
            "0.4111111111111111 4111111111111111.5 x4111111111111111 4111111111111111a",
            "41111111-1111-1111-1111-111111111111",
            "4111-1111-1111-1111-1111",
            "0000000000000000 4444444444444444",
            "2 123456789010 eni-1 172.31.16.139 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
        ],
    );
}

#[test]
fn a_detector_that_is_off_finds_nothing() {
    let text = "bob@example.com 4111111111111111 AKIAIOSFODNN7EXAMPLE";
    for detector in Detector::ALL {
        let mut findings = Vec::new();
        find(text, Detectors::NONE.with(detector), &mut findings);
        assert!(findings.iter().all(|it| it.detector == detector));
        find(text, Detectors::ALL.without(detector), &mut findings);
    }
    assert!(!may_hold(text.as_bytes(), Detectors::NONE));
}

#[test]
fn hostile_texts_take_no_longer_than_their_length() {
    for unit in [
        "eyJ",
        "-eyJ",
        "eyJ.",
        "a.@",
        "@a.",
        "4111 ",
        "4",
        "1",
        "sessiontoken=",
        "authorization=",
        "bearer ",
        "AKIA",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\"",
        "glpat-",
        "xoxb-",
        "%40",
        "\\u0040",
        "ASIAKIA",
        "token",
    ] {
        let text = unit.repeat(400_000 / unit.len());
        let mut findings = Vec::new();
        find(&text, Detectors::ALL, &mut findings);
        drop(may_hold(text.as_bytes(), Detectors::ALL).then_some(findings));
    }
}

/// Texts of what detectors look at.
fn texts() -> impl Strategy<Value = String> {
    let pieces = [
        "AKIAIOSFODNN7EXAMPLE",
        "eyJ",
        "eyJhbGciOiJIUzI1NiJ9.",
        "abc",
        ".",
        "@",
        "%40",
        "example.com",
        "bob",
        "4111",
        "1111",
        "111111",
        "4111111111111111",
        "378282246310005",
        " ",
        "-",
        "\\",
        "\"",
        "\\n",
        "\\u003d",
        "\n",
        "Authorization",
        "Bearer ",
        "Basic ",
        ":",
        "=",
        "secretAccessKey",
        "sessionToken",
        "wJalrXUtnFEMIK7MDENG",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "-----END ",
        "ghp_",
        "xoxb-",
        "0123456789",
        "\u{e9}",
        "\u{1f600}",
        "[",
        "]",
        "redacted:email",
        "name",
        "value",
        ",",
        "{",
        "}",
    ];
    let piece = prop_oneof![4 => proptest::sample::select(pieces.to_vec()).prop_map(String::from), 1 => "\\PC{0,3}"];
    proptest::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn findings_begin_and_end_at_characters(text in texts()) {
        let mut findings = Vec::new();
        find(&text, Detectors::ALL, &mut findings);
        for it in findings {
            prop_assert!(it.start < it.end && text.get(it.start..it.end).is_some(), "{it:?}");
        }
    }

    #[test]
    fn where_nothing_is_in_the_whole_nothing_is_in_a_part(text in texts(), from in 0..200_usize, to in 0..200_usize) {
        let (from, to) = (text.floor_char_boundary(from), text.floor_char_boundary(to));
        let part = &text[from.min(to)..to.max(from)];
        let mut findings = Vec::new();
        find(part, Detectors::ALL, &mut findings);
        if !findings.is_empty() {
            prop_assert!(may_hold(part.as_bytes(), Detectors::ALL), "part {part}");
        }
        if may_hold(part.as_bytes(), Detectors::ALL) {
            prop_assert!(may_hold(text.as_bytes(), Detectors::ALL), "whole {text}");
        }
    }
}
