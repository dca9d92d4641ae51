//! Which way changes go, what documents have in common, and what is public.

use policy::{Document, Shift, common, compare};

use crate::short::document;

#[test]
fn the_way_a_change_goes() {
    use Shift::{Both, Loosens, Same, Tightens};
    let base = "Allow Action=s3:GetObject,s3:ListBucket Resource=@a,@a/*";
    let cases = [
        (base, base, Same),
        (base, "Allow Action=S3:getobject,s3:ListBucket Resource=@a,@a/*", Same),
        (
            base,
            "Allow Action=s3:GetObject Resource=@a,@a/* ; Allow Action=s3:ListBucket Resource=@a,@a/*",
            Same,
        ),
        (
            base,
            "Allow Action=s3:GetObject,s3:ListBucket,s3:Get* Resource=@a,@a/*",
            Loosens,
        ),
        (
            "Allow Action=s3:Get* Resource=*",
            "Allow Action=s3:Get*,s3:GetObject Resource=*",
            Same,
        ),
        (base, "Allow Action=s3:GetObject Resource=@a,@a/*", Tightens),
        (base, "Allow Action=s3:GetObject,s3:ListBucket Resource=@a", Tightens),
        (
            base,
            "Allow Action=s3:GetObject,s3:ListBucket Resource=@a,@a/b*",
            Tightens,
        ),
        (
            base,
            "Allow Action=s3:GetObject,s3:ListBucket Resource=@a,@a/*,@b",
            Loosens,
        ),
        (base, "Allow Action=s3:* Resource=*", Loosens),
        (base, "Allow Action=s3:GetObject,s3:ListBucket Resource=@a,@b/*", Both),
        (base, "Allow Action=s3:GetObject,s3:PutObject Resource=@a,@a/*", Both),
        (
            base,
            "Allow Action=s3:GetObject,s3:ListBucket Resource=@a,@a/* Bool(aws:SecureTransport)=true",
            Tightens,
        ),
        (
            base,
            "Allow Action=s3:GetObject,s3:ListBucket Resource=@a,@a/* ; Deny Action=* Resource=@a/x",
            Tightens,
        ),
        (
            base,
            "Allow Action=s3:GetObject,s3:ListBucket Resource=@a,@a/* ; Allow Action=sqs:* Resource=*",
            Loosens,
        ),
        (
            base,
            "Deny Action=s3:GetObject,s3:ListBucket Resource=@a,@a/*",
            Tightens,
        ),
        (
            "Allow Action=* NotResource=@a",
            "Allow Action=* NotResource=@a,@b",
            Tightens,
        ),
        ("Allow Action=* NotResource=@a", "Allow Action=* Resource=@b", Tightens),
        ("Allow Action=* NotResource=@a*", "Allow Action=* Resource=@*b", Both),
        ("Allow NotAction=iam:* Resource=*", "Allow Action=* Resource=*", Loosens),
        (
            "Allow NotAction=iam:* Resource=*",
            "Allow Action=s3:* Resource=*",
            Tightens,
        ),
        (
            "Deny Action=s3:Put* Resource=*",
            "Deny Action=s3:PutObject Resource=*",
            Loosens,
        ),
        (
            "Deny NotAction=s3:Get* Resource=*",
            "Deny NotAction=s3:GetObject Resource=*",
            Tightens,
        ),
        (
            "Deny Action=* Resource=* StringNotEquals(k)=a|b",
            "Deny Action=* Resource=* StringNotEquals(k)=a",
            Tightens,
        ),
        (
            "Allow Action=* Resource=* StringEquals(k)=a",
            "Allow Action=* Resource=* StringEquals(K)=a|b",
            Loosens,
        ),
        (
            "Allow Action=* Resource=* StringEquals(k)=ab",
            "Allow Action=* Resource=* StringLike(k)=a*",
            Loosens,
        ),
        (
            "Allow Action=* Resource=* StringEquals(k)=a",
            "Allow Action=* Resource=* StringEqualsIfExists(k)=a",
            Loosens,
        ),
        (
            "Allow Action=* Resource=* StringLike(k)=a",
            "Allow Action=* Resource=* ForAnyValue:StringLike(k)=a",
            Both,
        ),
        (
            "Allow Action=* Resource=* StringEquals(k)=a",
            "Allow Action=* Resource=* StringEquals(l)=a",
            Both,
        ),
        (
            "Allow Action=* Resource=* IpAddress(aws:SourceIp)=192.0.2.0/24",
            "Allow Action=* Resource=* IpAddress(aws:SourceIp)=192.0.2.9",
            Tightens,
        ),
        (
            "Allow Action=* Resource=* ArnLike(k)=arn:aws:sns:*:1:*",
            "Allow Action=* Resource=* ArnLike(k)=arn:aws:sns:eu-west-1:1:t",
            Tightens,
        ),
        (
            "Allow Principal=* Action=* Resource=*",
            "Allow Principal=AWS:1 Action=* Resource=*",
            Tightens,
        ),
        (
            "Allow Principal=AWS:1 Action=* Resource=*",
            "Allow Principal=AWS:user/ann Action=* Resource=*",
            Both,
        ),
        (
            "Deny Principal=AWS:1 Action=* Resource=*",
            "Deny Principal=AWS:user/ann Action=* Resource=*",
            Loosens,
        ),
        (
            "Allow Principal=AWS:1 Action=* Resource=*",
            "Allow Principal=AWS:2 Action=* Resource=*",
            Both,
        ),
        (
            "Deny NotPrincipal=AWS:1 Action=* Resource=*",
            "Deny NotPrincipal=AWS:1,AWS:user/ann Action=* Resource=*",
            Loosens,
        ),
        (
            "Allow Action=* Resource=@h/${aws:username}/*",
            "Allow Action=* Resource=@h/*",
            Loosens,
        ),
        (
            "2008 Allow Action=* Resource=@h/${aws:username}",
            "Allow Action=* Resource=@h/${aws:username}",
            Both,
        ),
        (
            "2008 Allow Action=* Resource=@h/${aws:username}",
            "Allow Action=* Resource=@h/${$}{aws:username}",
            Same,
        ),
        ("2008 Allow Action=* Resource=@h", "Allow Action=* Resource=@h", Same),
        (
            "Allow Action=* Resource={{bucket.a.arn}}",
            "Allow Action=* Resource={{bucket.b.arn}}",
            Both,
        ),
        (
            "Allow Action=* Resource={{bucket.a.arn}}/*",
            "Allow Action=* Resource={{bucket.a.arn}}/x",
            Tightens,
        ),
    ];
    for (old, new, shift) in cases {
        let (before, after) = (document(old), document(new));
        assert_eq!(compare(Some(&before), Some(&after)), shift, "{old} -> {new}");
        let back = match shift {
            Same | Both => shift,
            Tightens => Loosens,
            Loosens => Tightens,
        };
        assert_eq!(compare(Some(&after), Some(&before)), back, "{new} -> {old}");
    }
    let (allow, deny) = (document(base), document("Deny Action=* Resource=*"));
    assert_eq!(compare(None, None), Same);
    assert_eq!(compare(None, Some(&allow)), Loosens);
    assert_eq!(compare(Some(&allow), None), Tightens);
    assert_eq!(compare(None, Some(&deny)), Tightens);
    assert_eq!(compare(Some(&deny), None), Loosens);
}

#[test]
fn what_documents_have_in_common() {
    let cases = [
        (
            "Allow Action=s3:* Resource=@a,@b",
            "Allow Action=s3:* Resource=@b,@c",
            "Allow Action=s3:* Resource=@b",
        ),
        (
            "Allow Action=s3:Get* Resource=*",
            "Allow Action=s3:GetObject Resource=@a/*",
            "Allow Action=s3:GetObject Resource=@a/*",
        ),
        (
            "Allow Action=s3:GetObject Resource=*",
            "Allow Action=* Resource=@a/*",
            "Allow Action=s3:GetObject Resource=@a/*",
        ),
        (
            "Allow Action=* Resource=* StringEquals(k)=a|b",
            "Allow Action=* Resource=* StringEquals(k)=b|c",
            "Allow Action=* Resource=* StringEquals(k)=b",
        ),
        (
            "Allow Action=* Resource=* StringEquals(k)=a",
            "Allow Action=* Resource=* StringNotEquals(l)=b",
            "Allow Action=* Resource=* StringEquals(k)=a StringNotEquals(l)=b",
        ),
        (
            "Allow Action=* Resource=* StringNotEquals(k)=a",
            "Allow Action=* Resource=* StringNotEquals(k)=b",
            "Allow Action=* Resource=* StringNotEquals(k)=a|b",
        ),
        (
            "Allow NotAction=iam:* Resource=*",
            "Allow NotAction=sts:* Resource=*",
            "Allow NotAction=iam:*,sts:* Resource=*",
        ),
        (
            "Allow NotAction=iam:* Resource=*",
            "Allow Action=iam:GetRole,s3:GetObject Resource=*",
            "Allow Action=s3:GetObject Resource=*",
        ),
        (
            "Allow Principal=* Action=s3:GetObject Resource=@a/*",
            "Allow Principal=AWS:1 Action=s3:* Resource=@a/*",
            "Allow Principal=AWS:1 Action=s3:GetObject Resource=@a/*",
        ),
        (
            "Allow Action=s3:* Resource=@a ; Deny Action=s3:Put* Resource=*",
            "Allow Action=s3:* Resource=@a ; Deny Action=s3:PutObject Resource=* ; Deny Action=sqs:* Resource=*",
            "Allow Action=s3:* Resource=@a ; Deny Action=s3:Put* Resource=* ; Deny Action=sqs:* Resource=*",
        ),
        (
            "2008 Allow Action=* Resource=@a",
            "Allow Action=* Resource=@a",
            "Allow Action=* Resource=@a",
        ),
        (
            "2008 Deny Action=* Resource=@a${aws:username}",
            "Deny Action=* Resource=@b",
            "Deny Action=* Resource=@a${$}{aws:username} ; Deny Action=* Resource=@b",
        ),
        (
            "2008 Allow Action=* Resource=@a",
            "2008 Allow Action=* Resource=@*",
            "2008 Allow Action=* Resource=@a",
        ),
        (
            "Allow Principal=Service:s3.amazonaws.com,AWS:1 Action=s3:* Resource=@a",
            "Allow Principal=Service:s3.amazonaws.com,AWS:2 Action=s3:* Resource=@a",
            "Allow Principal=Service:s3.amazonaws.com Action=s3:* Resource=@a",
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(
            common(&document(old), &document(new)),
            document(expected),
            "{old} and {new}"
        );
    }
    let apart = [
        ("Allow Action=s3:* Resource=@a", "Allow Action=s3:* Resource=@b"),
        ("Allow Action=s3:* Resource=*", "Allow Action=sqs:* Resource=*"),
        (
            "Allow Action=* Resource=* StringEquals(k)=a",
            "Allow Action=* Resource=* StringEquals(k)=b",
        ),
        (
            "Allow Principal=AWS:1 Action=* Resource=*",
            "Allow Principal=AWS:2 Action=* Resource=*",
        ),
        // What is in both cannot be written as one pattern, so it is left out.
        ("Allow Action=* Resource=@a*", "Allow Action=* Resource=@*b"),
    ];
    for (old, new) in apart {
        assert!(common(&document(old), &document(new)).is_empty(), "{old} and {new}");
    }
}

#[test]
fn a_sid_stands_once_in_what_is_common() {
    let old = document("Allow Action=* Resource=@a,@b");
    let new = document("Sid=A Allow Action=s3:* Resource=@a ; Sid=B Allow Action=s3:Get* Resource=@b");
    let met = common(&old, &new);
    let sids: Vec<_> = met
        .statements()
        .iter()
        .filter_map(|statement| statement.sid.text())
        .collect();
    assert_eq!(sids, ["A", "B"]);
    assert!(met.check(policy::Place::Identity).is_empty());
    let split = document("Allow Action=s3:* Resource=@a,@b StringEquals(k)=a ; Allow Action=sqs:* Resource=@a,@b");
    let whole = document("Sid=A Allow Action=* Resource=@a,@b");
    assert!(common(&split, &whole).check(policy::Place::Identity).is_empty());
}

#[test]
fn a_document_may_only_deny() {
    assert!(document("Deny Action=* Resource=*").only_denies());
    assert!(!document("Deny Action=* Resource=* ; Allow Action=s3:Get* Resource=*").only_denies());
}

#[test]
fn what_s3_calls_public() {
    let all = "Allow Principal=* Action=s3:GetObject Resource=@a/*";
    let cases = [
        (true, ""),
        (
            false,
            "StringEquals(aws:SourceArn)=arn:aws:cloudfront::111122223333:distribution/E1",
        ),
        (
            false,
            "ArnLike(AWS:SourceArn)=arn:aws:cloudfront::111122223333:distribution/E1",
        ),
        (
            true,
            "ArnLike(aws:SourceArn)=arn:aws:cloudfront::111122223333:distribution/*",
        ),
        (true, "StringEqualsIfExists(aws:SourceAccount)=111122223333"),
        (false, "StringEquals(aws:SourceAccount)=111122223333"),
        (true, "StringNotEquals(aws:SourceAccount)=111122223333"),
        (true, "ForAllValues:StringEquals(aws:SourceAccount)=111122223333"),
        (false, "ForAnyValue:StringEquals(aws:SourceAccount)=111122223333"),
        (true, "StringLike(aws:SourceVpc)=vpc-*"),
        (false, "StringLike(aws:SourceVpc)=vpc-1"),
        (false, "StringEquals(aws:SourceVpce)=vpce-1"),
        (false, "StringEquals(aws:PrincipalOrgID)=o-1"),
        (true, "StringEquals(aws:SourceVpc)=vpc-1|${aws:SourceVpc}"),
        (true, "StringLike(aws:Referer)=https://example.org/"),
        (true, "Bool(aws:SecureTransport)=true"),
        (false, "IpAddress(aws:SourceIp)=192.0.2.0/24"),
        (true, "IpAddress(aws:SourceIp)=0.0.0.0/0"),
        (true, "IpAddress(aws:SourceIp)=0.0.0.0/1|192.0.2.0/24"),
        (false, "IpAddress(aws:SourceIp)=11.0.0.0/8"),
        (false, "IpAddress(aws:SourceIp)=10.0.0.0/8"),
        (true, "IpAddress(aws:SourceIp)=10.0.0.0/7"),
        (true, "IpAddress(aws:SourceIp)=2001::/16"),
        (false, "IpAddress(aws:SourceIp)=2001:db8::/32"),
        (true, "NotIpAddress(aws:SourceIp)=192.0.2.0/24"),
        (true, "StringEquals(aws:SourceIp)=192.0.2.1"),
        (false, "StringEquals(aws:userid)=AIDAEXAMPLE"),
        (true, "StringLike(aws:userid)=AROAEXAMPLE:*"),
        (true, "StringEquals(aws:userid)=AROAEXAMPLE:ann"),
        (
            false,
            "ArnLike(s3:DataAccessPointArn)=arn:aws:s3:us-east-1:111122223333:accesspoint/*",
        ),
        (
            true,
            "ArnLike(s3:DataAccessPointArn)=arn:aws:s3:us-east-1:*:accesspoint/mine",
        ),
        (false, "StringEquals(aws:SourceArn)={{distribution.config.arn}}"),
    ];
    for (public, condition) in cases {
        assert_eq!(
            document(&format!("{all} {condition}")).is_public(),
            public,
            "{condition}"
        );
    }
    let fixed = [
        "Allow Principal=AWS:2 Action=s3:* Resource=@a/*",
        "Allow Principal=AWS:role/Reader Action=s3:* Resource=@a/*",
        "Allow Principal=Service:cloudfront.amazonaws.com Action=s3:GetObject Resource=@a/*",
        "Allow Principal=Service:cloudfront.amazonaws.com Action=s3:GetObject Resource=@a/* StringEquals(AWS:SourceArn)=x",
        "Deny Principal=* Action=s3:* Resource=@a/*",
    ];
    for text in fixed {
        assert!(!document(text).is_public(), "{text}");
    }
    assert!(document("Allow NotPrincipal=AWS:1 Action=s3:* Resource=@a/*").is_public());
    // A deny does not take back that a statement is public.
    let denied: Document = document(&format!("Deny Principal=* Action=s3:* Resource=@a/* ; {all}"));
    assert_eq!(denied.public_statements().collect::<Vec<_>>(), [1]);
}
