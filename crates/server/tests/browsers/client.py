"""Signs in to a demo by authlib, a relying party that we didn't write.

It reads {demo, codes} from standard input, and walks through the pages as a browser without scripts does.
"""

import html.parser
import http.client
import json
import os
import socket
import sys
import urllib.parse

from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwk, jwt
import requests

# What may only be HTTPS elsewhere is this machine here.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
given = json.load(sys.stdin)
demo, codes = given["demo"], given["codes"]

# Browsers know what is below localhost; not every system does.
found = socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **kinds: found(
    "127.0.0.1" if str(host).endswith(".localhost") else host, *more, **kinds
)


class Form(html.parser.HTMLParser):
    """The fields of the one form of a page, and the position that is asked for."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields, self.position = None, {}, None
        self.is_position = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.action = attributes["action"]
        elif tag in ("input", "button") and "name" in attributes:
            self.fields[attributes["name"]] = attributes.get("value", "")
        self.is_position = attributes.get("id") == "position"

    def handle_data(self, data):
        if self.is_position:
            self.position, self.is_position = int(data), False


class Browser:
    """Cookies of one host, and going where it is sent within it."""

    def __init__(self, issuer):
        self.issuer, self.cookies = issuer, {}

    def ask(self, method, url, fields=None):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port)
        headers = {"Host": parts.netloc}
        if self.cookies:
            headers["Cookie"] = "; ".join("=".join(pair) for pair in self.cookies.items())
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        path = parts.path + ("?" + parts.query if parts.query else "")
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, value = value.split(";")[0].split("=", 1)
                self.cookies[key] = value
        if answer.status == 303:
            to = urllib.parse.urljoin(url, answer.getheader("location"))
            return self.ask("GET", to) if to.startswith(self.issuer) else to
        return text

    def send(self, page, **fields):
        form = Form(page)
        return self.ask("POST", self.issuer + form.action, {**form.fields, **fields})


about = requests.get(demo["issuer"] + "/.well-known/openid-configuration", timeout=10).json()
assert about["issuer"] == demo["issuer"]
for method in ("client_secret_basic", "client_secret_post"):
    session = OAuth2Session(
        demo["client"]["id"],
        demo["client"]["secret"],
        scope="openid profile email",
        redirect_uri=demo["client"]["redirect_uri"],
        token_endpoint_auth_method=method,
        code_challenge_method="S256",
    )
    verifier, nonce = "v" * 64, "a nonce"
    address, state = session.create_authorization_url(
        about["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    browser = Browser(demo["issuer"])
    page = browser.ask("GET", address)
    page = browser.send(page, key="token")
    citizen = demo["citizen"]
    page = browser.send(page, user_name=citizen["user_name"], password=citizen["password"])
    back = browser.send(page, code=codes[Form(page).position - 1])
    assert back.startswith(demo["client"]["redirect_uri"]), back
    token = session.fetch_token(
        about["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
    )
    keys = jwk.KeySet.import_key_set(requests.get(about["jwks_uri"], timeout=10).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["ES256"]).claims
    claims = CodeIDToken(
        claims,
        {"alg": "ES256"},
        {"iss": {"value": demo["issuer"]}, "aud": {"value": demo["client"]["id"]}},
        {"nonce": nonce, "client_id": demo["client"]["id"], "access_token": token["access_token"]},
    )
    claims.validate()
    known = session.get(about["userinfo_endpoint"]).json()
    assert known["sub"] == claims["sub"]
    assert known["preferred_username"] == citizen["user_name"]
print("2 sign-ins")
