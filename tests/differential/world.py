"""What a sequence of operations knows: things that were made, under one name for both sides."""

import random


# What is named where a thing is asked for that never was.
UNKNOWN = {
    "bucket": "igv-nobodys-bucket",
    "domain": "nobodys-domain",
    "identity_pool": "eu-central-1:00000000-0000-4000-8000-000000000000",
    "policy": "arn:aws:iam::111122223333:policy/none",
    "pool": "eu-central-1_Unknown00",
}


class Thing:
    """Something that both sides made, each under an id of its own."""

    def __init__(self, name, ids):
        self.name = name
        self.ids = ids
        self.etags = (None, None)

    def on(self, side):
        return self.ids[side]


class Etag:
    """The ETag that each side gave last for a thing."""

    def __init__(self, thing):
        self.thing = thing

    def on(self, side):
        return self.thing.etags[side] or "ETVPDKIKX0DER"


class Asked:
    """What a side says of itself when it is asked."""

    def __init__(self, ask):
        self.ask = ask

    def on(self, side):
        return self.ask(side)


class Text:
    """A text with things in it."""

    def __init__(self, pattern, *things):
        self.pattern = pattern
        self.things = things

    def on(self, side):
        return self.pattern.format(*(it.on(side) for it in self.things))


class World:
    """The things of one sequence, and its dice."""

    def __init__(self, number, seed, clients):
        self.number = number
        self.dice = random.Random(f"{seed}-{number}")
        self.clients = clients
        self.account = f"{410000000000 + number}"
        self.things = {}
        self.gone = {}
        self.made = 0

    def chance(self, percent):
        return self.dice.randrange(100) < percent

    def one(self, *values):
        return self.dice.choice(values)

    def mostly(self, *values, wrong):
        """One of the values, and rarely one that is wrong."""
        return wrong if self.chance(5) else self.dice.choice(values)

    def some(self, **values):
        """Each of the members with an even chance."""
        return {name: value for name, value in values.items() if self.chance(50)}

    def name(self, kind):
        """A name that nobody else has."""
        self.made += 1
        return f"igv-{kind}-{self.number}-{self.made}"

    def has(self, kind):
        return bool(self.things.get(kind))

    def the(self, kind):
        """A thing of a kind; now and then one that is gone or never was."""
        if self.chance(5):
            gone = self.gone.get(kind)
            return self.dice.choice(gone) if gone else UNKNOWN.get(kind, "unknown")
        return self.dice.choice(self.things[kind])

    def add(self, kind, ids):
        self.made += 1
        thing = Thing(f"<{kind}-{self.made}>", ids)
        self.things.setdefault(kind, []).append(thing)
        return thing

    def remove(self, kind, thing):
        self.things[kind].remove(thing)
        self.gone.setdefault(kind, []).append(thing)

    def names(self, side):
        """What a side calls the things that the other calls otherwise, the longest first."""
        things = [it for of in (self.things, self.gone) for things in of.values() for it in things]
        names = {it.ids[side]: it.name for it in things if it.ids[0] != it.ids[1]}
        return sorted(names.items(), key=lambda it: -len(it[0]))


def resolve(value, side):
    """A parameter as one side gets it."""
    if hasattr(value, "on"):
        return value.on(side)
    if isinstance(value, dict):
        return {name: resolve(it, side) for name, it in value.items()}
    if isinstance(value, list):
        return [resolve(it, side) for it in value]
    return value
