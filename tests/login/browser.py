"""Logs in with Chromium as people do. Arguments: a scenario, the config file's address, the sandbox's address, the
callback's port, and an empty folder for the browser's profile."""

import base64, gzip, hashlib, hmac, http.server, json, re, struct, sys, threading, time, urllib.error, urllib.parse, urllib.request

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

SCENARIO, CONFIG, SANDBOX, PORT, PROFILE = sys.argv[1:6]
PASSWORD = "Correct-Horse-Battery-42"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def fetch(url, data=None):
    with urllib.request.urlopen(url, data, timeout=30) as answer:
        return answer.read()


class Callback(http.server.BaseHTTPRequestHandler):
    """What IGV listens with."""

    seen = []

    def do_GET(self):
        address = urllib.parse.urlparse(self.path)
        if address.path == "/oauthCallback":
            self.seen.append(urllib.parse.parse_qs(address.query))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<title>callback</title>")

    def log_message(self, *_):
        pass


listener = http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT)), Callback)
threading.Thread(target=listener.serve_forever, daemon=True).start()

config = json.loads(gzip.decompress(fetch(CONFIG)))
callback = f"http://localhost:{PORT}/oauthCallback"


def authorize(**changes):
    """The address with which IGV begins."""
    query = dict(state="s1", redirect_uri=callback, client_id=config["client_id"], response_type="code",
                 code_challenge=CHALLENGE, code_challenge_method="S256") | changes
    return f"{config['authorization_endpoint']}?{urllib.parse.urlencode(query)}&scope={config['scope']}"


def temporary_password():
    mail = json.loads(fetch(f"{SANDBOX}/_mail.json"))
    return re.search(r"password is (\S+?)\.?(\s|$)", mail[-1]["text"]).group(1)


options = webdriver.ChromeOptions()
for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--no-proxy-server", f"--user-data-dir={PROFILE}"):
    options.add_argument(flag)
options.binary_location = "/usr/bin/chromium"
browser = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
browser.set_page_load_timeout(60)


def fill(**fields):
    """Fills in the form of the page and sends it, and waits for the next page."""
    page = browser.find_element(By.TAG_NAME, "html")
    for name, value in fields.items():
        field = browser.find_element(By.ID, name)
        assert browser.find_element(By.CSS_SELECTOR, f"label[for='{name}']").text, name
        field.clear()
        field.send_keys(value)
    browser.find_element(By.CSS_SELECTOR, "button[type=submit]").click()
    WebDriverWait(browser, 30).until(lambda _: page.id != browser.find_element(By.TAG_NAME, "html").id)


def heading():
    return browser.find_element(By.TAG_NAME, "h1").text


def alert():
    return browser.find_element(By.CSS_SELECTOR, "[role=alert]").text


def came_back():
    """The code that the callback got."""
    WebDriverWait(browser, 30).until(lambda _: Callback.seen)
    assert browser.title == "callback", browser.title
    query = Callback.seen.pop()
    assert query["state"] == ["s1"] and list(query) == ["code", "state"], query
    return query["code"][0]


def token(**form):
    """Asks for tokens as IGV does: the secret in the form, nothing encoded."""
    secret = {"client_secret": config["client_secret"]} if "client_secret" in config else {}
    body = "&".join(f"{name}={value}" for name, value in (form | secret | {"client_id": config["client_id"]}).items())
    try:
        return json.loads(fetch(config["token_endpoint"], body.encode()))
    except urllib.error.HTTPError as refused:
        return json.loads(refused.read())


def exchange(code):
    return token(grant_type="authorization_code", code=code, redirect_uri=callback, code_verifier=VERIFIER)


def claims(text):
    """The claims, decoded as IGV does."""
    part = text.split(".")[1]
    return json.loads(base64.b64decode(part + "=" * (-len(part) % 4)))


def totp(secret, later=0):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + later), "sha1").digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


def change_password():
    browser.get(authorize())
    assert heading() == "Sign in", browser.page_source
    fill(username="igvuser", password=temporary_password())
    assert heading() == "Change password", browser.page_source
    fill(new_password=PASSWORD, confirm_password=PASSWORD)


def first_password():
    browser.get(authorize())
    fill(username="igvuser", password="Wrong-Horse-Battery-42")
    assert alert() == "Incorrect username or password.", browser.page_source
    assert browser.find_element(By.ID, "password").get_attribute("value") == ""
    fill(password=temporary_password())
    assert heading() == "Change password", browser.page_source
    fill(new_password=PASSWORD, confirm_password="Other-Horse-Battery-42")
    assert alert() == "The passwords do not match.", browser.page_source
    fill(new_password="short", confirm_password="short")
    assert alert().startswith("Password did not conform with policy"), browser.page_source
    fill(new_password=PASSWORD, confirm_password=PASSWORD)
    code = came_back()
    tokens = exchange(code)
    assert {"access_token", "refresh_token", "id_token", "expires_in"} <= set(tokens), tokens
    id_token = claims(tokens["id_token"])
    assert id_token["email"] == "igvuser@example.org" and id_token["aud"] == config["client_id"], id_token
    assert id_token["iss"].endswith(config["aws_cognito_pool_id"]), id_token
    assert exchange(code) == {"error": "invalid_grant"}
    again = token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert claims(again["id_token"])["sub"] == id_token["sub"], again
    # The browser is signed in: the next login asks for nothing.
    browser.get(authorize())
    assert "id_token" in exchange(came_back())
    # In a browser that is not, the new password counts and the temporary one does not.
    browser.delete_all_cookies()
    browser.get(CONFIG.split("/_cloudfront")[0] + "/_mail")
    assert temporary_password() in browser.page_source
    browser.get(authorize(prompt="login"))
    fill(username="igvuser", password=temporary_password())
    assert alert() == "Incorrect username or password.", browser.page_source
    fill(password=PASSWORD)
    came_back()


def authenticator_app():
    change_password()
    assert heading() == "Set up an authenticator app", browser.page_source
    secret = browser.find_element(By.ID, "secret").text
    right = totp(secret)
    fill(code="000000" if right != "000000" else "000001")
    assert alert() == "Code mismatch", browser.page_source
    fill(code=totp(secret))
    assert "id_token" in exchange(came_back())
    browser.get(authorize(prompt="login"))
    fill(username="igvuser", password=PASSWORD)
    assert heading() == "Code", browser.page_source
    assert secret not in browser.page_source
    fill(code="12345")
    assert alert() == "Invalid code received for user", browser.page_source
    # Each code is good once; the next one is good already, since clocks differ.
    fill(code=totp(secret, later=1))
    assert "id_token" in exchange(came_back())


def wrong_callback():
    for changes in ({"redirect_uri": callback + "/"}, {"redirect_uri": "https://example.org/"}, {"client_id": "nosuch"}):
        browser.get(authorize(**changes))
        assert heading() == "Error", browser.page_source
        assert "/error?error=" in browser.current_url, browser.current_url
        assert not browser.find_elements(By.TAG_NAME, "form")
    browser.get(authorize() + "%20profile%20phone")
    WebDriverWait(browser, 30).until(lambda _: Callback.seen)
    assert Callback.seen.pop()["error"] == ["invalid_scope"]


try:
    {"first_password": first_password, "authenticator_app": authenticator_app, "wrong_callback": wrong_callback}[SCENARIO]()
finally:
    browser.quit()
