"""Runs the same sequences of operations on a sandbox and on ministack, and compares what they answer.

Every divergence has a class, such as `iam.GetRole: Role.Tags only sandbox` or `s3.PutObject: ok / AccessDenied`. The
classes that are known stand in a table of `docs/testing.md`; one that does not is an error. With other seeds other rows
are met.
"""

import argparse
import re
import sys
import time

import boto3
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.handlers import validate_bucket_name

import cloudfront, cognito, iam, s3  # noqa: F401, E401
from normal import differences, normal
from operations import OPERATIONS
from world import World, resolve

# What a sequence is about, and how often.
TOPICS = (
    (35, ("cognito-idp",)),
    (12, ("cognito-identity",)),
    (20, ("iam", "sts")),
    (21, ("s3",)),
    (12, ("cloudfront",)),
)
STEPS = 12


class Side:
    """One of the two, with its clients."""

    def __init__(self, url):
        self.url = url
        self.credentials = Credentials("111122223333", "test")
        session = boto3.session.Session(region_name="eu-central-1")
        session._session._credentials = self.credentials
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        self.clients = {
            it.service: session.client(it.service, endpoint_url=url, config=config) for it in OPERATIONS
        }
        self.clients["s3"].meta.events.unregister("before-parameter-build.s3", validate_bucket_name)

    def ask(self, operation, parameters):
        """The code of the answer, and the answer."""
        client = self.clients[operation.service]
        try:
            answer = getattr(client, operation.method)(**parameters)
        except ClientError as error:
            return error.response["Error"].get("Code", "no code"), error.response["Error"].get("Message")
        except BotoCoreError as error:
            return type(error).__name__, None
        if "Body" in answer:
            answer["Body"] = answer["Body"].read().decode()
        return "ok", answer


def at(answer, parameters, path):
    """What stands at a path of an answer; of the parameters where the answer has none."""
    for name in path.split("."):
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer or parameters.get(path)


class Run:
    """A sequence of operations on both sides."""

    def __init__(self, number, seed, sides):
        self.sides = sides
        self.world = World(number, seed, [it.clients for it in sides])
        for side in sides:
            side.credentials.access_key = self.world.account
        self.topic = self.world.dice.choices([it[1] for it in TOPICS], [it[0] for it in TOPICS])[0]
        self.calls = 0
        self.found = []

    def go(self):
        for _ in range(STEPS):
            possible = [it for it in OPERATIONS if it.service in self.topic and it.possible(self.world)]
            operation = self.world.dice.choices(possible, [it.weight for it in possible])[0]
            if not self.step(operation):
                break

    def step(self, operation):
        """Does one operation; whether the two worlds are still the same."""
        thrown = operation.throw(self.world)
        try:
            parameters = [resolve(thrown, side) for side in (0, 1)]
        except ClientError:
            return True
        (ours, left), (theirs, right) = (side.ask(operation, it) for side, it in zip(self.sides, parameters))
        self.calls += 1
        api = self.sides[0].clients[operation.service].meta.method_to_api_mapping[operation.method]
        name = f"{operation.service}.{api}"
        if ours != theirs:
            self.found.append((f"{name}: {ours} / {theirs}", (parameters[0], left, right)))
            return operation.reads or "ok" not in (ours, theirs)
        if ours == "ok":
            self.learn(operation, thrown, parameters, (left, right))
            answers = [
                normal(it, "", operation.service, side, self.world.names(side), self.sides[side].url)
                for side, it in enumerate((left, right))
            ]
            for it in differences(*answers):
                self.found.append((f"{name}: {it}", (parameters[0], *answers)))
        return True

    def learn(self, operation, thrown, parameters, answers):
        """Keeps what was made, and forgets what is gone."""
        thing = next((it for it in thrown.values() if hasattr(it, "etags")), None)
        if operation.makes:
            kind, path = operation.makes
            ids = tuple(at(*it, path) for it in zip(answers, parameters))
            known = [it for it in self.world.things.get(kind, []) if it.ids == ids]
            made = known[0] if known else self.world.add(kind, ids)
            thing = made if operation.service == "cloudfront" else thing
        if operation.removes:
            kind, parameter = operation.removes
            gone = thrown[parameter]
            if gone in self.world.things[kind]:
                self.world.remove(kind, gone)
        if thing and all("ETag" in it for it in answers) and operation.method != "create_invalidation":
            thing.etags = tuple(it["ETag"] for it in answers)


def table(path):
    """The rows of the table: number and pattern."""
    for line in open(path, encoding="utf-8"):
        if match := re.match(r"\| (D\d+) \| (.*?) \|", line):
            for pattern in re.findall(r"`([^`]+)`", match[2]):
                yield match[1], re.compile(re.escape(pattern).replace(r"\*", ".*"))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--sandbox", required=True)
    arguments.add_argument("--ministack", required=True)
    arguments.add_argument("--table", required=True)
    arguments.add_argument("--seed", default="igv")
    arguments.add_argument("--sequences", type=int, default=300)
    arguments.add_argument("--seconds", type=float, default=120)
    told = arguments.parse_args()
    sides = [Side(told.sandbox), Side(told.ministack)]
    began, calls, runs = time.monotonic(), 0, 0
    found = {}
    while runs < told.sequences and time.monotonic() - began < told.seconds:
        run = Run(runs, told.seed, sides)
        run.go()
        calls, runs = calls + run.calls, runs + 1
        for name, example in run.found:
            found.setdefault(name, []).append((runs - 1, example))
    known = list(table(told.table))
    unknown = [it for it in found if not any(pattern.fullmatch(it) for _, pattern in known)]
    for name in sorted(unknown):
        number, example = found[name][0]
        print(f"{name}  ({len(found[name])} times)\n    sequence {number}: {example}"[:1500])
    rows = {}
    for number, pattern in known:
        rows.setdefault(number, []).extend(it for it in found if pattern.fullmatch(it))
    met = [number for number, names in rows.items() if names]
    seconds = time.monotonic() - began
    print(
        f"differential: {calls} operations in {runs} sequences on both, {seconds:.0f} s: "
        f"{len(found)} divergences in {len(met)} of {len(rows)} known classes, {len(unknown)} in none"
    )
    sys.exit(bool(unknown))


if __name__ == "__main__":
    main()
