"""User pools and identity pools."""

from operations import operation, plain
from world import Text

IDP = "cognito-idp"


def password(w):
    return {
        "MinimumLength": w.mostly(6, 8, 12, 99, wrong=w.one(5, 100)),
        "RequireUppercase": w.chance(50),
        "RequireLowercase": w.chance(50),
        "RequireNumbers": w.chance(50),
        "RequireSymbols": w.chance(50),
        "TemporaryPasswordValidityDays": w.mostly(1, 7, 365, wrong=366),
    }


def settings(w):
    return w.some(
        Policies={"PasswordPolicy": password(w)},
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": w.chance(50)},
        AccountRecoverySetting={"RecoveryMechanisms": [{"Priority": 1, "Name": w.one("verified_email", "admin_only")}]},
        UserPoolTags={"app": w.one("igv", "other")},
        DeletionProtection="INACTIVE",
    )


# ministack makes a key for each, which takes a while.
@operation(IDP, 4, makes=("pool", "UserPool.Id"), most=1)
def create_user_pool(w):
    more = w.some(
        AutoVerifiedAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": w.chance(50)},
        UsernameAttributes=["email"],
        MfaConfiguration=w.mostly("OFF", wrong="SOMETIMES"),
    )
    return {"PoolName": w.name("pool"), **settings(w), **more}


@operation(IDP, 2, ("pool",))
def update_user_pool(w):
    return {"UserPoolId": w.the("pool"), **settings(w)}


plain(IDP, "describe_user_pool", weight=3, UserPoolId="pool")
plain(IDP, "delete_user_pool", removes=("pool", "UserPoolId"), UserPoolId="pool")
plain(IDP, "get_user_pool_mfa_config", UserPoolId="pool")


@operation(IDP)
def list_user_pools(w):
    return {"MaxResults": w.mostly(1, 60, wrong=61)}


@operation(IDP, 1, ("pool",))
def set_user_pool_mfa_config(w):
    on = w.one("OFF", "ON", "OPTIONAL")
    token = {} if on == "OFF" else w.mostly({"SoftwareTokenMfaConfiguration": {"Enabled": True}}, wrong={})
    return {"UserPoolId": w.the("pool"), "MfaConfiguration": on, **token}


@operation(IDP, 1, ("pool",))
def add_custom_attributes(w):
    attribute = {"Name": w.mostly("tier", "lab", wrong="x" * 21), "AttributeDataType": w.one("String", "Number"), "Mutable": True}
    return {"UserPoolId": w.the("pool"), "CustomAttributes": [attribute]}


CALLBACKS = ("http://localhost:60151/oauthCallback", "https://igv.example.org/cb")


def client(w):
    return w.some(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        CallbackURLs=[w.mostly(*CALLBACKS, wrong="http://igv.example.org")],
        SupportedIdentityProviders=["COGNITO"],
        RefreshTokenValidity=w.mostly(1, 30, wrong=3651),
        PreventUserExistenceErrors=w.one("ENABLED", "LEGACY"),
    )


@operation(IDP, 3, ("pool",), makes=("client", "UserPoolClient.ClientId"), most=2)
def create_user_pool_client(w):
    more = w.some(GenerateSecret=w.chance(50))
    if w.chance(50):
        more |= {
            "AllowedOAuthFlows": [w.one("code", "implicit")],
            "AllowedOAuthScopes": ["openid", w.mostly("email", "profile", wrong="nothing/of-this")],
            "AllowedOAuthFlowsUserPoolClient": True,
            "CallbackURLs": ["http://localhost:60151/oauthCallback"],
        }
    return {"UserPoolId": w.the("pool"), "ClientName": w.name("client"), **client(w), **more}


@operation(IDP, 1, ("pool", "client"))
def update_user_pool_client(w):
    return {"UserPoolId": w.the("pool"), "ClientId": w.the("client"), "ClientName": w.name("client"), **client(w)}


plain(IDP, "describe_user_pool_client", UserPoolId="pool", ClientId="client", weight=2)
plain(IDP, "delete_user_pool_client", removes=("client", "ClientId"), UserPoolId="pool", ClientId="client")


@operation(IDP, 1, ("pool",))
def list_user_pool_clients(w):
    return {"UserPoolId": w.the("pool"), "MaxResults": w.one(1, 60)}


@operation(IDP, 1, ("pool",), makes=("domain", "Domain"))
def create_user_pool_domain(w):
    return {"UserPoolId": w.the("pool"), "Domain": w.mostly(w.name("domain"), wrong=w.one("Capital", "my-aws-domain"))}


@operation(IDP, 1, ("domain",))
def describe_user_pool_domain(w):
    return {"Domain": w.the("domain")}


plain(IDP, "delete_user_pool_domain", removes=("domain", "Domain"), UserPoolId="pool", Domain="domain")


@operation(IDP, 2, ("pool",), makes=("group", "GroupName"), most=2)
def create_group(w):
    more = w.some(Description="Readers", Precedence=w.mostly(0, 3, wrong=-1))
    return {"UserPoolId": w.the("pool"), "GroupName": w.mostly("readers", "writers", wrong="two words"), **more}


plain(IDP, "get_group", UserPoolId="pool", GroupName="group")
plain(IDP, "delete_group", removes=("group", "GroupName"), UserPoolId="pool", GroupName="group")
plain(IDP, "list_groups", UserPoolId="pool")
plain(IDP, "list_users_in_group", UserPoolId="pool", GroupName="group")


@operation(IDP, 1, ("pool", "group"))
def update_group(w):
    return {"UserPoolId": w.the("pool"), "GroupName": w.the("group"), "Description": "Changed"}


def email(w):
    return {"Name": "email", "Value": w.one("anna@example.org", "bert@example.org")}


@operation(IDP, 4, ("pool",), makes=("user", "Username"), most=3)
def admin_create_user(w):
    attributes = [email(w)]
    if w.chance(30):
        attributes.append(w.mostly({"Name": "email_verified", "Value": "true"}, wrong={"Name": "custom:none", "Value": "x"}))
    return {
        "UserPoolId": w.the("pool"),
        "Username": w.one("anna", "bert", "carla", "dora@example.org"),
        "MessageAction": "SUPPRESS",
        "TemporaryPassword": w.mostly("Abcdef1!Abcdef1!Abcdef1!" * 4 + "abc", wrong="short"),
        "UserAttributes": attributes,
    }


plain(IDP, "admin_get_user", UserPoolId="pool", Username="user", weight=3)
plain(IDP, "admin_disable_user", UserPoolId="pool", Username="user")
plain(IDP, "admin_enable_user", UserPoolId="pool", Username="user")
plain(IDP, "admin_delete_user", removes=("user", "Username"), UserPoolId="pool", Username="user")
plain(IDP, "admin_add_user_to_group", UserPoolId="pool", Username="user", GroupName="group", weight=2)
plain(IDP, "admin_remove_user_from_group", UserPoolId="pool", Username="user", GroupName="group", weight=3)
plain(IDP, "admin_list_groups_for_user", UserPoolId="pool", Username="user")


@operation(IDP, 1, ("pool", "user"))
def admin_set_user_password(w):
    word = w.mostly("Abcdef1!Abcdef1!Abcdef1!" * 4 + "abc", wrong="short")
    return {"UserPoolId": w.the("pool"), "Username": w.the("user"), "Password": word, "Permanent": w.chance(50)}


@operation(IDP, 1, ("pool", "user"))
def admin_update_user_attributes(w):
    attribute = w.mostly(email(w), {"Name": "given_name", "Value": "Anna"}, wrong={"Name": "custom:none", "Value": "x"})
    return {"UserPoolId": w.the("pool"), "Username": w.the("user"), "UserAttributes": [attribute]}


@operation(IDP, 1, ("pool", "user"))
def admin_delete_user_attributes(w):
    return {"UserPoolId": w.the("pool"), "Username": w.the("user"), "UserAttributeNames": [w.one("given_name", "email")]}


@operation(IDP, 2, ("pool", "user"))
def list_users(w):
    sieve = w.one(None, 'email = "anna@example.org"', 'username ^= "b"', 'cognito:user_status = "CONFIRMED"')
    return {"UserPoolId": w.the("pool"), **({"Filter": sieve} if sieve else {})}


def pool_arn(w):
    return Text(f"arn:aws:cognito-idp:eu-central-1:{w.account}:userpool/{{}}", w.dice.choice(w.things["pool"]))


@operation(IDP, 1, ("pool",))
def tag_resource(w):
    return {"ResourceArn": pool_arn(w), "Tags": {w.one("a", "b"): "1"}}


@operation(IDP, 1, ("pool",))
def untag_resource(w):
    return {"ResourceArn": pool_arn(w), "TagKeys": ["a"]}


@operation(IDP, 1, ("pool",))
def list_tags_for_resource(w):
    return {"ResourceArn": pool_arn(w)}


CI = "cognito-identity"


def identity_settings(w):
    return {
        "IdentityPoolName": w.mostly(w.name("identity"), "With blanks", wrong="b@d/name"),
        "AllowUnauthenticatedIdentities": w.chance(50),
        **w.some(
            AllowClassicFlow=w.chance(50),
            SupportedLoginProviders={"accounts.google.com": "1234.apps.googleusercontent.com"},
        ),
    }


@operation(CI, 5, makes=("identity_pool", "IdentityPoolId"), most=2)
def create_identity_pool(w):
    return {**identity_settings(w), **w.some(IdentityPoolTags={"app": "igv"})}


@operation(CI, 3, ("identity_pool",))
def update_identity_pool(w):
    return {"IdentityPoolId": w.the("identity_pool"), **identity_settings(w)}


plain(CI, "describe_identity_pool", IdentityPoolId="identity_pool", weight=4)
plain(CI, "delete_identity_pool", removes=("identity_pool", "IdentityPoolId"), IdentityPoolId="identity_pool")
plain(CI, "get_identity_pool_roles", IdentityPoolId="identity_pool", weight=2)


@operation(CI, 2, ("identity_pool",))
def set_identity_pool_roles(w):
    arn = f"arn:aws:iam::{w.account}:role/readers"
    roles = {w.mostly("authenticated", "unauthenticated", wrong="nobody"): arn}
    return {"IdentityPoolId": w.the("identity_pool"), "Roles": w.one(roles, {})}


@operation(CI)
def list_identity_pools(w):
    return {"MaxResults": w.mostly(1, 60, wrong=61)}


@operation(CI, 1, ("identity_pool",))
def get_id(w):
    return {"IdentityPoolId": w.the("identity_pool")}
