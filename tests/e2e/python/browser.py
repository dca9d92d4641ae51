# A browser as far as a login needs one: cookies, a form, redirects. The address and the password come on stdin.
import html, http.cookiejar, re, sys, urllib.parse, urllib.request

url, user, word = sys.stdin.read().split("\n")[:3]
opener = urllib.request.build_opener(
    urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
)
page = opener.open(url, timeout=30)
form = re.search(r"<form.*?</form>", page.read().decode(), re.S).group(0)
action = html.unescape(re.search(r'action="([^"]*)"', form).group(1))
fields = {}
for field in re.findall(r"<input[^>]*>", form):
    name = re.search(r'name="([^"]*)"', field)
    value = re.search(r'value="([^"]*)"', field)
    if name:
        fields[name.group(1)] = html.unescape(value.group(1)) if value else ""
fields |= {"username": user, "password": word}
target = urllib.parse.urljoin(page.geturl(), action)
# The redirect leads to the callback, where igvctl listens.
print(opener.open(target, urllib.parse.urlencode(fields).encode(), timeout=30).read().decode())
