"""Signs as Amazon SNS does: reads a list of bodies as JSON, prints the certificate and the signature of each.

The order of the fields is that of
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""
import base64
import datetime
import json
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

NOTIFICATION = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
CONFIRMATION = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]

key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder()
    .subject_name(name)
    .issuer_name(name)
    .public_key(key.public_key())
    .serial_number(x509.random_serial_number())
    .not_valid_before(now)
    .not_valid_after(now + datetime.timedelta(days=1))
    .sign(key, hashes.SHA256())
)


def signature(body):
    fields = NOTIFICATION if body["Type"] == "Notification" else CONFIRMATION
    text = "".join(f"{field}\n{body[field]}\n" for field in fields if field in body)
    digest = hashes.SHA1() if body["SignatureVersion"] == "1" else hashes.SHA256()
    signed = key.sign(text.encode(), padding.PKCS1v15(), digest)
    return base64.b64encode(signed).decode()


print(
    json.dumps(
        {
            "pem": certificate.public_bytes(serialization.Encoding.PEM).decode(),
            "signatures": [signature(body) for body in json.load(sys.stdin)],
        }
    )
)
