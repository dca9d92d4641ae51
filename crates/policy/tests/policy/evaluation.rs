//! What documents say of requests, case by case.

use crate::short::{document, request};
use policy::{Decision, Grant, evaluate};

/// Checks a table of `expected | document | request`, expected being `allow`, `deny` or `none`. An empty document is the
/// one of the line before.
fn check(table: &str) {
    let mut before = String::new();
    let mut count = 0;
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let columns: Vec<&str> = line.splitn(3, " # ").map(str::trim).collect();
        let [expected, text, asked] = columns[..] else {
            panic!("{line}")
        };
        if text != "\"" {
            text.clone_into(&mut before);
        }
        let decision = evaluate(&[("it", &document(&before))], &request(asked));
        let word = match decision {
            Decision::Allow(_) => "allow",
            Decision::ExplicitDeny(_) => "deny",
            Decision::ImplicitDeny => "none",
        };
        assert_eq!(word, expected, "{before} # {asked}");
        count += 1;
    }
    assert!(count > 4, "the table is read");
}

#[test]
fn actions_and_resources() {
    check(
        "
        allow # Allow Action=s3:GetObject Resource=@reads/* # user:ann s3:GetObject @reads/a.bam
        none  # \" # user:ann s3:GetObject @reads
        none  # \" # user:ann s3:GetObject @other/a.bam
        none  # \" # user:ann s3:PutObject @reads/a.bam
        allow # \" # user:ann S3:getobject @reads/a.bam
        none  # \" # user:ann s3:GetObject @Reads/a.bam
        allow # \" # user:ann s3:GetObject @reads/deep/er/a.bam
        none  # \" # user:ann s3:GetObjectVersion @reads/a.bam
        allow # Allow Action=s3:Get* Resource=@reads/* # user:ann s3:GetObjectVersion @reads/a
        none  # \" # user:ann s3:ListBucket @reads/a
        allow # Allow Action=S3:GET* Resource=@reads/* # user:ann s3:GetObject @reads/a
        allow # Allow Action=s3:*Object Resource=@reads/* # user:ann s3:PutObject @reads/a
        none  # \" # user:ann s3:PutObjectAcl @reads/a
        allow # Allow Action=s3:?etObject Resource=@reads/* # user:ann s3:GetObject @reads/a
        none  # \" # user:ann s3:etObject @reads/a
        allow # Allow Action=* Resource=* # user:ann iam:DeleteRole arn:aws:iam::111122223333:role/x
        allow # Allow Action=s3:* Resource=* # user:ann s3:ListAllMyBuckets *
        none  # \" # user:ann s3express:CreateSession *
        allow # Allow Action=s3:GetObject,s3:ListBucket Resource=@a,@a/* # user:ann s3:ListBucket @a
        allow # \" # user:ann s3:GetObject @a/x
        none  # \" # user:ann s3:GetObject @ab
        allow # Allow Action=s3:* Resource=@reads-?/* # user:ann s3:GetObject @reads-1/x
        none  # \" # user:ann s3:GetObject @reads-12/x
        none  # \" # user:ann s3:GetObject @reads-/x
        allow # Allow Action=s3:* Resource=@*/a.bam # user:ann s3:GetObject @reads/deep/a.bam
        none  # \" # user:ann s3:GetObject @reads/deep/a.bam.bai
        allow # Allow Action=s3:* Resource=@a*b*c # user:ann s3:GetObject @axxbxbyc
        none  # \" # user:ann s3:GetObject @axxbxby
        allow # Allow Action=sqs:* Resource=arn:aws:sqs # user:ann sqs:SendMessage arn:aws:sqs:eu-west-1:111122223333:q
        none  # \" # user:ann sqs:SendMessage arn:aws:sns:eu-west-1:111122223333:q
        allow # Allow Action=sns:* Resource=arn:aws:sns:*:111122223333:* # user:ann sns:Publish arn:aws:sns:eu-west-1:111122223333:t
        none  # \" # user:ann sns:Publish arn:aws:sns:eu-west-1:444455556666:t
        none  # Allow Action=s3:GetObject Resource=@reads # user:ann s3:GetObject @reads/
        ",
    );
}

#[test]
fn denies_and_negated_elements() {
    check(
        "
        deny  # Allow Action=* Resource=* ; Deny Action=s3:DeleteObject Resource=* # user:ann s3:DeleteObject @a/x
        allow # \" # user:ann s3:GetObject @a/x
        deny  # Deny Action=s3:DeleteObject Resource=* ; Allow Action=* Resource=* # user:ann s3:DeleteObject @a/x
        deny  # Deny Action=* Resource=* # user:ann s3:GetObject @a/x
        allow # Allow NotAction=iam:* Resource=* # user:ann s3:GetObject @a/x
        none  # \" # user:ann iam:GetRole *
        none  # \" # user:ann IAM:getrole *
        none  # Allow NotAction=s3:Get*,s3:List* Resource=* # user:ann s3:ListBucket @a
        allow # \" # user:ann s3:PutObject @a/x
        none  # Allow NotAction=* Resource=* # user:ann s3:GetObject @a/x
        deny  # Allow Action=* Resource=* ; Deny NotAction=s3:GetObject Resource=* # user:ann s3:PutObject @a/x
        allow # \" # user:ann s3:GetObject @a/x
        allow # Allow Action=s3:GetObject NotResource=@secret/* # user:ann s3:GetObject @a/x
        none  # \" # user:ann s3:GetObject @secret/x
        deny  # Allow Action=s3:* Resource=* ; Deny Action=s3:* NotResource=@a,@a/* # user:ann s3:GetObject @b/x
        allow # \" # user:ann s3:GetObject @a/x
        none  # Allow Action=s3:* NotResource=@home/${aws:username}/* # user:ann s3:GetObject @home/ann/x aws:username=ann
        allow # \" # user:ann s3:GetObject @home/bob/x aws:username=ann
        ",
    );
}

#[test]
fn principals() {
    check(
        "
        allow # Allow Principal=* Action=s3:GetObject Resource=* # nobody s3:GetObject @a/x
        allow # \" # user:ann s3:GetObject @a/x
        allow # \" # user2:eve s3:GetObject @a/x
        allow # \" # service:cloudfront.amazonaws.com s3:GetObject @a/x
        allow # Allow Principal=AWS:* Action=s3:GetObject Resource=* # nobody s3:GetObject @a/x
        allow # Allow Principal=AWS:1 Action=s3:GetObject Resource=* # user:ann s3:GetObject @a/x
        allow # \" # root s3:GetObject @a/x
        allow # \" # role:Reader/ann s3:GetObject @a/x
        none  # \" # user2:eve s3:GetObject @a/x
        none  # \" # nobody s3:GetObject @a/x
        none  # \" # service:cloudfront.amazonaws.com s3:GetObject @a/x
        allow # Allow Principal=AWS:user/ann Action=s3:GetObject Resource=* # user:ann s3:GetObject @a/x
        none  # \" # user:bob s3:GetObject @a/x
        none  # \" # root s3:GetObject @a/x
        none  # \" # user2:ann s3:GetObject @a/x
        allow # Allow Principal=AWS:role/Reader Action=s3:GetObject Resource=* # role:Reader/ann s3:GetObject @a/x
        none  # \" # role:Writer/ann s3:GetObject @a/x
        allow # Allow Principal=AWS:session/Reader/ann Action=s3:GetObject Resource=* # role:Reader/ann s3:GetObject @a/x
        allow # \" # role:path/Reader/ann s3:GetObject @a/x
        none  # \" # role:Reader/bob s3:GetObject @a/x
        allow # Allow Principal=Service:cloudfront.amazonaws.com Action=s3:GetObject Resource=* # service:cloudfront.amazonaws.com s3:GetObject @a/x
        none  # \" # service:logging.s3.amazonaws.com s3:GetObject @a/x
        none  # \" # user:ann s3:GetObject @a/x
        allow # Allow Principal=AWS:user/ann,Service:s3.amazonaws.com Action=s3:* Resource=* # service:s3.amazonaws.com s3:GetObject @a/x
        allow # \" # user:ann s3:GetObject @a/x
        deny  # Deny Principal=AWS:1 Action=s3:* Resource=* # user:ann s3:GetObject @a/x
        deny  # Deny Principal=* Action=s3:* Resource=* # service:s3.amazonaws.com s3:GetObject @a/x
        deny  # Deny NotPrincipal=AWS:user/ann Action=s3:* Resource=* # user:ann s3:GetObject @a/x
        none  # Deny NotPrincipal=AWS:user/ann,AWS:1 Action=s3:* Resource=* # user:ann s3:GetObject @a/x
        deny  # \" # user:bob s3:GetObject @a/x
        none  # \" # root s3:GetObject @a/x
        deny  # \" # user2:ann s3:GetObject @a/x
        deny  # \" # nobody s3:GetObject @a/x
        deny  # Deny NotPrincipal=AWS:role/Reader,AWS:1 Action=s3:* Resource=* # role:Reader/ann s3:GetObject @a/x
        none  # Deny NotPrincipal=AWS:role/Reader,AWS:1,AWS:session/Reader/ann Action=s3:* Resource=* # role:Reader/ann s3:GetObject @a/x
        none  # Allow NotPrincipal=AWS:user/ann Action=s3:* Resource=* # user:ann s3:GetObject @a/x
        allow # \" # user:bob s3:GetObject @a/x
        allow # \" # nobody s3:GetObject @a/x
        none  # Allow NotPrincipal=* Action=s3:* Resource=* # nobody s3:GetObject @a/x
        ",
    );
}

#[test]
fn texts() {
    check(
        "
        allow # Allow Action=* Resource=* StringEquals(k)=a|b # user:ann s3:GetObject @a/x k=b
        none  # \" # user:ann s3:GetObject @a/x k=c
        none  # \" # user:ann s3:GetObject @a/x k=B
        none  # \" # user:ann s3:GetObject @a/x
        allow # \" # user:ann s3:GetObject @a/x K=a
        none  # Allow Action=* Resource=* StringEquals(k)=a* # user:ann s3:GetObject @a/x k=ab
        allow # \" # user:ann s3:GetObject @a/x k=a*
        none  # Allow Action=* Resource=* StringNotEquals(k)=a|b # user:ann s3:GetObject @a/x k=b
        allow # \" # user:ann s3:GetObject @a/x k=c
        allow # \" # user:ann s3:GetObject @a/x
        none  # Allow Action=* Resource=* StringNotEquals(k)=a # user:ann s3:GetObject @a/x k=a|b
        allow # Allow Action=* Resource=* StringEquals(k)=a # user:ann s3:GetObject @a/x k=a|b
        allow # Allow Action=* Resource=* StringEqualsIgnoreCase(k)=Ab # user:ann s3:GetObject @a/x k=aB
        none  # \" # user:ann s3:GetObject @a/x k=abc
        none  # Allow Action=* Resource=* StringNotEqualsIgnoreCase(k)=Ab # user:ann s3:GetObject @a/x k=aB
        allow # \" # user:ann s3:GetObject @a/x k=b
        allow # Allow Action=* Resource=* StringLike(k)=home/*|x? # user:ann s3:GetObject @a/x k=home/ann
        allow # \" # user:ann s3:GetObject @a/x k=xy
        none  # \" # user:ann s3:GetObject @a/x k=x
        none  # \" # user:ann s3:GetObject @a/x k=Home/ann
        none  # Allow Action=* Resource=* StringNotLike(k)=home/* # user:ann s3:GetObject @a/x k=home/ann
        allow # \" # user:ann s3:GetObject @a/x k=else
        allow # \" # user:ann s3:GetObject @a/x
        allow # Allow Action=* Resource=* StringEqualsIfExists(k)=a # user:ann s3:GetObject @a/x
        allow # \" # user:ann s3:GetObject @a/x k=a
        none  # \" # user:ann s3:GetObject @a/x k=b
        none  # Allow Action=* Resource=* StringEquals(k)=a StringEquals(l)=b # user:ann s3:GetObject @a/x k=a
        allow # \" # user:ann s3:GetObject @a/x k=a l=b
        none  # Allow Action=* Resource=* StringEquals(k)=a StringNotEquals(l)=b # user:ann s3:GetObject @a/x k=a l=b
        none  # Allow Action=* Resource=* StringEquals(k)= # user:ann s3:GetObject @a/x k=a
        deny  # Deny Action=* Resource=* StringNotEquals(aws:SourceVpce)=vpce-1 # user:ann s3:GetObject @a/x
        none  # \" # user:ann s3:GetObject @a/x aws:sourcevpce=vpce-1
        none  # Deny Action=* Resource=* StringNotEqualsIfExists(k)=a # user:ann s3:GetObject @a/x k=a
        deny  # \" # user:ann s3:GetObject @a/x
        allow # Allow Action=* Resource=* BinaryEquals(k)=QmluYXJ5 # user:ann s3:GetObject @a/x k=QmluYXJ5
        none  # \" # user:ann s3:GetObject @a/x k=QmluYXJ6
        ",
    );
}

#[test]
fn numbers_dates_and_flags() {
    check(
        "
        allow # Allow Action=* Resource=* NumericEquals(k)=10 # user:ann s3:ListBucket @a k=10
        allow # \" # user:ann s3:ListBucket @a k=10.0
        none  # \" # user:ann s3:ListBucket @a k=11
        none  # \" # user:ann s3:ListBucket @a k=ten
        none  # Allow Action=* Resource=* NumericNotEquals(k)=10 # user:ann s3:ListBucket @a k=10
        allow # \" # user:ann s3:ListBucket @a
        allow # Allow Action=* Resource=* NumericLessThan(k)=10 # user:ann s3:ListBucket @a k=9.5
        none  # \" # user:ann s3:ListBucket @a k=10
        allow # Allow Action=* Resource=* NumericLessThanEquals(s3:max-keys)=10 # user:ann s3:ListBucket @a s3:max-keys=10
        none  # \" # user:ann s3:ListBucket @a s3:max-keys=100
        none  # \" # user:ann s3:ListBucket @a
        allow # Allow Action=* Resource=* NumericGreaterThan(k)=10 # user:ann s3:ListBucket @a k=11
        none  # \" # user:ann s3:ListBucket @a k=10
        allow # Allow Action=* Resource=* NumericGreaterThanEquals(k)=10 # user:ann s3:ListBucket @a k=10
        none  # \" # user:ann s3:ListBucket @a k=-10
        deny  # Deny Action=* Resource=* NumericLessThan(s3:TlsVersion)=1.2 # user:ann s3:GetObject @a/x s3:TlsVersion=1.1
        none  # \" # user:ann s3:GetObject @a/x s3:TlsVersion=1.2
        allow # Allow Action=* Resource=* DateLessThan(aws:CurrentTime)=2030-01-01T00:00:00Z # user:ann s3:GetObject @a/x aws:CurrentTime=2029-12-31T23:59:59Z
        none  # \" # user:ann s3:GetObject @a/x aws:CurrentTime=2030-01-01T00:00:00Z
        none  # \" # user:ann s3:GetObject @a/x aws:CurrentTime=soon
        allow # Allow Action=* Resource=* DateLessThanEquals(k)=2030-01-01T00:00:00Z # user:ann s3:GetObject @a/x k=2030-01-01T01:00:00+01:00
        allow # Allow Action=* Resource=* DateGreaterThan(k)=2020-01-01T00:00:00Z # user:ann s3:GetObject @a/x k=1700000000
        none  # \" # user:ann s3:GetObject @a/x k=1500000000
        allow # Allow Action=* Resource=* DateGreaterThanEquals(k)=2020-01-01 # user:ann s3:GetObject @a/x k=2020-01-01T00:00:00Z
        allow # Allow Action=* Resource=* DateEquals(k)=2020-01-01T00:00:00Z # user:ann s3:GetObject @a/x k=1577836800
        none  # Allow Action=* Resource=* DateNotEquals(k)=2020-01-01T00:00:00Z # user:ann s3:GetObject @a/x k=1577836800
        deny  # Deny Action=* Resource=* DateLessThan(aws:TokenIssueTime)=2024-05-01T12:00:00.000Z # role:Reader/ann s3:GetObject @a/x aws:TokenIssueTime=2024-05-01T11:59:59Z
        none  # \" # role:Reader/ann s3:GetObject @a/x aws:TokenIssueTime=2024-05-01T12:00:01Z
        deny  # Deny Action=* Resource=* Bool(aws:SecureTransport)=false # user:ann s3:GetObject @a/x aws:SecureTransport=false
        none  # \" # user:ann s3:GetObject @a/x aws:SecureTransport=true
        none  # \" # user:ann s3:GetObject @a/x
        deny  # \" # user:ann s3:GetObject @a/x aws:securetransport=False
        deny  # Deny Action=* Resource=* BoolIfExists(aws:MultiFactorAuthPresent)=false # user:ann s3:GetObject @a/x
        none  # \" # user:ann s3:GetObject @a/x aws:MultiFactorAuthPresent=true
        allow # Allow Action=* Resource=* Null(k)=true # user:ann s3:GetObject @a/x
        none  # \" # user:ann s3:GetObject @a/x k=a
        none  # Allow Action=* Resource=* Null(k)=false # user:ann s3:GetObject @a/x
        allow # \" # user:ann s3:GetObject @a/x k=a
        ",
    );
}

#[test]
fn addresses_and_arns() {
    check(
        "
        allow # Allow Action=* Resource=* IpAddress(aws:SourceIp)=192.0.2.0/24|2001:db8::/32 # user:ann s3:GetObject @a/x aws:SourceIp=192.0.2.9
        allow # \" # user:ann s3:GetObject @a/x aws:SourceIp=2001:db8::9
        none  # \" # user:ann s3:GetObject @a/x aws:SourceIp=192.0.3.9
        none  # \" # user:ann s3:GetObject @a/x aws:SourceIp=2001:db9::9
        none  # \" # user:ann s3:GetObject @a/x
        allow # Allow Action=* Resource=* IpAddress(k)=203.0.113.7 # user:ann s3:GetObject @a/x k=203.0.113.7
        none  # \" # user:ann s3:GetObject @a/x k=203.0.113.8
        deny  # Deny Action=* Resource=* NotIpAddress(aws:SourceIp)=192.0.2.0/24 # user:ann s3:GetObject @a/x aws:SourceIp=192.0.3.9
        none  # \" # user:ann s3:GetObject @a/x aws:SourceIp=192.0.2.9
        deny  # \" # user:ann s3:GetObject @a/x
        allow # Allow Action=* Resource=* IpAddress(k)=192.0.2.0/24 NotIpAddress(k)=192.0.2.188/32 # user:ann s3:GetObject @a/x k=192.0.2.1
        none  # \" # user:ann s3:GetObject @a/x k=192.0.2.188
        allow # Allow Action=* Resource=* ArnLike(k)=arn:aws:sns:*:111122223333:* # user:ann s3:GetObject @a/x k=arn:aws:sns:eu-west-1:111122223333:topic
        none  # \" # user:ann s3:GetObject @a/x k=arn:aws:sns:eu-west-1:444455556666:topic
        none  # \" # user:ann s3:GetObject @a/x k=topic
        none  # Allow Action=* Resource=* ArnLike(k)=arn:aws:sns:*:topic # user:ann s3:GetObject @a/x k=arn:aws:sns:eu-west-1:111122223333:topic
        none  # Allow Action=* Resource=* ArnLike(k)=arn:aws:sns:*:1:t # user:ann s3:GetObject @a/x k=arn:aws:sns:eu:9:1:t
        allow # Allow Action=* Resource=* ArnEquals(k)=arn:aws:sns:*:1:t # user:ann s3:GetObject @a/x k=arn:aws:sns:eu:1:t
        none  # Allow Action=* Resource=* ArnNotLike(k)=arn:aws:sns:*:1:t # user:ann s3:GetObject @a/x k=arn:aws:sns:eu:1:t
        allow # Allow Action=* Resource=* ArnNotEquals(k)=arn:aws:sns:*:1:t # user:ann s3:GetObject @a/x k=arn:aws:sns:eu:2:t
        allow # \" # user:ann s3:GetObject @a/x
        allow # Allow Principal=Service:cloudfront.amazonaws.com Action=s3:GetObject Resource=@config/* StringEquals(AWS:SourceArn)=arn:aws:cloudfront::111122223333:distribution/E1 # service:cloudfront.amazonaws.com s3:GetObject @config/igv.json aws:SourceArn=arn:aws:cloudfront::111122223333:distribution/E1
        none  # \" # service:cloudfront.amazonaws.com s3:GetObject @config/igv.json aws:SourceArn=arn:aws:cloudfront::111122223333:distribution/E2
        none  # \" # service:cloudfront.amazonaws.com s3:GetObject @config/igv.json
        ",
    );
}

#[test]
fn quantifiers() {
    check(
        "
        allow # Allow Action=* Resource=* ForAnyValue:StringEquals(k)=a|b # user:ann s3:GetObject @a/x k=x|b
        none  # \" # user:ann s3:GetObject @a/x k=x|y
        none  # \" # user:ann s3:GetObject @a/x
        allow # Allow Action=* Resource=* ForAllValues:StringEquals(k)=a|b # user:ann s3:GetObject @a/x k=a|b
        none  # \" # user:ann s3:GetObject @a/x k=a|x
        allow # \" # user:ann s3:GetObject @a/x
        allow # Allow Action=* Resource=* ForAllValues:StringLike(k)=a*|b # user:ann s3:GetObject @a/x k=ax|b
        allow # Allow Action=* Resource=* ForAnyValue:StringNotEquals(k)=a # user:ann s3:GetObject @a/x k=a|b
        none  # \" # user:ann s3:GetObject @a/x k=a
        none  # \" # user:ann s3:GetObject @a/x
        none  # Allow Action=* Resource=* ForAllValues:StringNotEquals(k)=a # user:ann s3:GetObject @a/x k=a|b
        allow # \" # user:ann s3:GetObject @a/x k=b|c
        allow # \" # user:ann s3:GetObject @a/x
        allow # Allow Action=* Resource=* ForAnyValue:StringEqualsIfExists(k)=a # user:ann s3:GetObject @a/x
        none  # \" # user:ann s3:GetObject @a/x k=b
        none  # Allow Action=* Resource=* ForAllValues:StringEquals(k)=a Null(k)=false # user:ann s3:GetObject @a/x
        allow # \" # user:ann s3:GetObject @a/x k=a
        allow # Allow Action=* Resource=* ForAnyValue:NumericGreaterThan(k)=5 # user:ann s3:GetObject @a/x k=1|9
        none  # Allow Action=* Resource=* ForAllValues:NumericGreaterThan(k)=5 # user:ann s3:GetObject @a/x k=1|9
        deny  # Deny Action=* Resource=* ForAllValues:StringEquals(aws:TagKeys)=a # user:ann s3:GetObject @a/x
        ",
    );
}

#[test]
fn variables() {
    check(
        "
        allow # Allow Action=s3:* Resource=@home/${aws:username}/* # user:ann s3:GetObject @home/ann/x aws:username=ann
        none  # \" # user:ann s3:GetObject @home/bob/x aws:username=ann
        none  # \" # role:R/s s3:GetObject @home//x
        none  # \" # user:ann s3:GetObject @home/bob/x aws:username=*
        allow # \" # user:ann s3:GetObject @home/*/x aws:username=*
        allow # \" # user:ann s3:GetObject @home/ann/x AWS:UserName=ann
        none  # \" # user:ann s3:GetObject @home/ann/x aws:username=ann|bob
        none  # 2008 Allow Action=s3:* Resource=@home/${aws:username}/* # user:ann s3:GetObject @home/ann/x aws:username=ann
        allow # \" # user:ann s3:GetObject @home/${aws:username}/x aws:username=ann
        allow # Allow Action=s3:* Resource=@home/${aws:PrincipalTag/team,'guests'}/* # user:ann s3:GetObject @home/guests/x
        allow # \" # user:ann s3:GetObject @home/lab/x aws:PrincipalTag/team=lab
        none  # \" # user:ann s3:GetObject @home/guests/x aws:PrincipalTag/team=lab
        allow # Allow Action=s3:* Resource=@a${*}b/* # user:ann s3:GetObject @a*b/x
        none  # \" # user:ann s3:GetObject @axb/x
        allow # Allow Action=s3:* Resource=@a${$}{aws:username} # user:ann s3:GetObject @a${aws:username} aws:username=ann
        allow # Allow Action=s3:* Resource=* StringLike(s3:prefix)=home/${aws:username}/* # user:ann s3:ListBucket @a s3:prefix=home/ann/x aws:username=ann
        none  # \" # user:ann s3:ListBucket @a s3:prefix=home/bob/x aws:username=ann
        none  # \" # user:ann s3:ListBucket @a s3:prefix=home//x
        allow # Allow Action=s3:* Resource=* StringEquals(a)=${b} # user:ann s3:ListBucket @a a=1 b=1
        none  # \" # user:ann s3:ListBucket @a a=${b}
        allow # 2008 Allow Action=s3:* Resource=* StringEquals(a)=${b} # user:ann s3:ListBucket @a a=${b} b=1
        none  # Allow Action=s3:* Resource=* NumericEquals(a)=${b} # user:ann s3:ListBucket @a a=1 b=1
        deny  # Deny Action=s3:* Resource=* StringNotEquals(a)=${b} # user:ann s3:ListBucket @a a=1
        allow # Allow Action=s3:* Resource=* ArnEquals(k)=arn:aws:iam::111122223333:user/${aws:username} # user:ann s3:ListBucket @a k=arn:aws:iam::111122223333:user/ann aws:username=ann
        ",
    );
}

#[test]
fn trust() {
    let pool = "eu-west-1:11111111-2222-3333-4444-555555555555";
    let table = "
        allow # Allow Principal=Federated:cognito-identity.amazonaws.com Action=sts:AssumeRoleWithWebIdentity StringEquals(cognito-identity.amazonaws.com:aud)=POOL ForAnyValue:StringLike(cognito-identity.amazonaws.com:amr)=authenticated # provider:cognito-identity.amazonaws.com sts:AssumeRoleWithWebIdentity * cognito-identity.amazonaws.com:aud=POOL cognito-identity.amazonaws.com:amr=authenticated|cognito
        none  # \" # provider:cognito-identity.amazonaws.com sts:AssumeRoleWithWebIdentity * cognito-identity.amazonaws.com:aud=POOL cognito-identity.amazonaws.com:amr=unauthenticated
        none  # \" # provider:cognito-identity.amazonaws.com sts:AssumeRoleWithWebIdentity * cognito-identity.amazonaws.com:aud=POOL
        none  # \" # provider:cognito-identity.amazonaws.com sts:AssumeRoleWithWebIdentity * cognito-identity.amazonaws.com:aud=other cognito-identity.amazonaws.com:amr=authenticated
        none  # \" # provider:accounts.google.com sts:AssumeRoleWithWebIdentity * cognito-identity.amazonaws.com:aud=POOL cognito-identity.amazonaws.com:amr=authenticated
        none  # \" # provider:cognito-identity.amazonaws.com sts:AssumeRole * cognito-identity.amazonaws.com:aud=POOL cognito-identity.amazonaws.com:amr=authenticated
        none  # \" # user:ann sts:AssumeRoleWithWebIdentity * cognito-identity.amazonaws.com:aud=POOL cognito-identity.amazonaws.com:amr=authenticated
    ";
    check(&table.replace("POOL", pool));
}

#[test]
fn the_deciding_statement_is_named() {
    let first = document("Allow Action=s3:PutObject Resource=*");
    let second = document("Allow Action=s3:GetObject Resource=* ; Sid=Read Allow Action=s3:Get* Resource=*");
    let third = document("Allow Action=* Resource=* ; Sid=Never Deny Action=s3:DeleteObject Resource=*");
    let asked = request("user:ann s3:GetObject @a/x");
    let Decision::Allow(by) = evaluate(&[("one", &first), ("two", &second)], &asked) else {
        panic!("not allowed")
    };
    assert_eq!(
        (by.label.as_str(), by.statement, by.sid.as_deref(), by.grant),
        ("two", 0, None, Grant::Attached)
    );
    let documents = [("one", &first), ("two", &second), ("three", &third)];
    let decision = evaluate(&documents, &request("user:ann s3:DeleteObject @a/x"));
    let Decision::ExplicitDeny(by) = decision else {
        panic!("not denied")
    };
    assert_eq!(by.to_string(), "three, statement 2 (`Never`)");
    assert_eq!(evaluate(&[], &asked), Decision::ImplicitDeny);
}

#[test]
fn the_closest_grant_is_given() {
    let both = document("Allow Principal=AWS:1 Action=* Resource=* ; Allow Principal=AWS:user/ann Action=* Resource=*");
    let Decision::Allow(by) = evaluate(&[("it", &both)], &request("user:ann s3:GetObject @a/x")) else {
        panic!()
    };
    assert_eq!((by.statement, by.grant), (1, Grant::Direct));
    let Decision::Allow(by) = evaluate(&[("it", &both)], &request("user:bob s3:GetObject @a/x")) else {
        panic!()
    };
    assert_eq!((by.statement, by.grant), (0, Grant::Account));
    assert_eq!(
        request("role2:p/R/s a:b *").principal.arn().unwrap(),
        "arn:aws:sts::444455556666:assumed-role/R/s"
    );
}
