"""The operations, each with how its parameters are thrown."""

OPERATIONS = []


class Operation:
    """An operation that can be drawn."""

    def __init__(self, service, method, throw, weight, needs, makes, removes, most=99):
        self.service, self.method, self.throw, self.weight = service, method, throw, weight
        self.needs, self.makes, self.removes, self.most = needs, makes, removes, most

    def possible(self, world):
        """Whether all that it needs is there, and not enough of what it makes."""
        enough = self.makes and len(world.things.get(self.makes[0], [])) >= self.most
        return not enough and all(world.has(kind) for kind in self.needs)

    @property
    def reads(self):
        """Whether it changes nothing that another operation of ours would see."""
        return self.method.startswith(("get", "list", "describe", "head", "admin_get", "admin_list", "assume"))


def operation(service, weight=1, needs=(), makes=None, removes=None, most=99):
    """Registers what throws the parameters of the operation of its name.

    `makes` is a kind and the path of its id in the answer, or the parameter that names it; `removes` a kind and the
    parameter that named it. It is not drawn where there are `most` of what it makes.
    """

    def register(throw):
        OPERATIONS.append(Operation(service, throw.__name__, throw, weight, needs, makes, removes, most))
        return throw

    return register


def plain(service, method, needs=(), removes=None, weight=1, **parameters):
    """An operation that only names things: each parameter is a kind."""

    def throw(w):
        return {name: w.the(kind) for name, kind in parameters.items()}

    OPERATIONS.append(Operation(service, method, throw, weight, needs or tuple(parameters.values()), None, removes))
