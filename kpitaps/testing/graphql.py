"""A small, fast GraphQL executor over plain dicts, with the query costs that vendors charge.

graphql-core parses, checks documents against a schema and coerces variables; running a query is done here, because its
own executor takes about ten times as long per field.

A *source* is a mapping from field name to value, or to a function of the field's arguments that gives the value. An
object of an abstract type says its ``__typename``. A field whose type is called …Connection has a `Page` as its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLIncludeDirective,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSkipDirective,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.values import get_argument_values, get_directive_values, get_variable_values
from graphql.validation import FieldsOnCorrectTypeRule

from kpitaps.testing.pages import Page, encode_cursor

Complete = Callable[[Any], Any]
"""Turns a source into the answer for it."""

_Sets = tuple[SelectionSetNode, ...]
_RULES = [rule for rule in specified_rules if rule is not FieldsOnCorrectTypeRule]


class Refusal(Exception):
    """One or more GraphQL errors instead of data.

    Args:
        errors: In the shape in which they are answered.
    """

    def __init__(self, *errors: dict[str, Any]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = list(errors)
        self.path: list[str | int] = []


def refusal(message: str, code: str, **extensions: Any) -> Refusal:
    """Return a refusal with one error; the executor adds where in the answer it arose."""
    return Refusal({"message": message, "extensions": {"code": code, **extensions}})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query came to: data and what it really cost."""

    data: dict[str, Any]
    cost: int


class Executor:
    """Runs queries against one schema.

    Args:
        sdl: The schema, in GraphQL's schema language.
    """

    def __init__(self, sdl: str) -> None:
        self.schema = build_schema(sdl)
        self._document = lru_cache(maxsize=256)(self._checked)

    def prepare(self, query: str, variables: Mapping[str, Any] | None = None, operation: str | None = None) -> Query:
        """Return a query, checked and with its variables, ready to run.

        Raises:
            Refusal: if it does not parse, is not valid, or its variables do not fit.
        """
        document = self._document(query)
        definition = _operation(document, operation)
        values = get_variable_values(self.schema, definition.variable_definitions or (), dict(variables or {}))
        if isinstance(values, list):
            raise Refusal(*(_as_error(error, "INVALID_VARIABLE") for error in values))
        return Query(self, document, definition, values)

    def _checked(self, query: str) -> DocumentNode:
        try:
            document = parse(query)
        except GraphQLSyntaxError as error:
            raise Refusal(_as_error(error, "parseError")) from None
        if missing := validate(self.schema, document, [_FieldsExist]):
            raise Refusal(*(_as_error(error, "undefinedField") for error in missing))
        if wrong := validate(self.schema, document, _RULES):
            raise Refusal(*(_as_error(error, "invalidDocument") for error in wrong))
        return document


class Query:
    """One operation with its variables; made by `Executor.prepare`."""

    def __init__(
        self, executor: Executor, document: DocumentNode, operation: OperationDefinitionNode, variables: Any
    ) -> None:
        self._schema = executor.schema
        self._variables = variables
        self._operation = operation
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._spent = 0

    @property
    def cost(self) -> int:
        """The points that the query may cost at most: an object 1, a connection 2 and ``first`` times its node."""
        return self._cost_of(self._root, (self._operation.selection_set,))

    def run(self, root: Mapping[str, Any]) -> Answer:
        """Return the answer of a root source.

        Raises:
            Refusal: as a source's function raised it, with the path added.
        """
        self._spent = -1  # the root is no object that anyone pays for
        data = self._object(self._root, (self._operation.selection_set,))(root)
        return Answer(data, self._spent)

    @property
    def _root(self) -> GraphQLObjectType:
        assert self._schema.query_type is not None
        return self._schema.query_type

    def _value(self, kind: Any, sets: _Sets) -> Complete | None:
        """Return what completes a value of a type; None where the value is the answer."""
        named = get_named_type(kind)
        if is_leaf_type(named):
            return None
        if named.name.endswith("Connection"):
            return self._connection(named, sets)
        one = self._abstract(named, sets) if is_abstract_type(named) else self._object(named, sets)
        return _each(one) if is_list_type(get_nullable_type(kind)) else one

    def _abstract(self, kind: GraphQLAbstractType, sets: _Sets) -> Complete:
        plans = {each.name: self._object(each, sets) for each in self._schema.get_possible_types(kind)}
        return lambda source: plans[source["__typename"]](source)

    def _object(self, kind: GraphQLObjectType, sets: _Sets) -> Complete:
        plan = [self._field(kind, key, nodes) for key, nodes in self._collect(kind, sets).items()]

        def complete(source: Mapping[str, Any]) -> dict[str, Any]:
            self._spent += 1
            answer: dict[str, Any] = {}
            key = ""
            try:
                for key, name, args, child in plan:
                    value = source[name] if args is not None else kind.name
                    if callable(value):
                        value = value(args)
                    answer[key] = value if child is None or value is None else child(value)
            except Refusal as refused:
                refused.path.insert(0, key)
                raise
            return answer

        return complete

    def _connection(self, kind: GraphQLObjectType, sets: _Sets) -> Complete:
        plan = [self._part(kind, key, nodes) for key, nodes in self._collect(kind, sets).items()]

        def complete(page: Page) -> dict[str, Any]:
            self._spent += 2
            answer: dict[str, Any] = {}
            key = ""
            try:
                for key, read, are_rows in plan:
                    before = self._spent
                    answer[key] = read(page)
                    if not are_rows:
                        self._spent = before  # pageInfo costs nothing
            except Refusal as refused:
                refused.path.insert(0, key)
                raise
            return answer

        return complete

    def _part(
        self, kind: GraphQLObjectType, key: str, nodes: list[FieldNode]
    ) -> tuple[str, Callable[[Page], Any], bool]:
        name = nodes[0].name.value
        if name == "__typename":
            return key, lambda _: kind.name, False
        child = self._value(kind.fields[name].type, _sets(nodes))
        assert child is not None
        if name != "edges":
            return key, _of_page(name, child), name == "nodes"
        edges = _of_page(name, child)

        def without_edges(page: Page) -> Any:
            self._spent -= len(page.rows)  # an edge costs nothing, its node does
            return edges(page)

        return key, without_edges, True

    def _field(
        self, kind: GraphQLObjectType, key: str, nodes: list[FieldNode]
    ) -> tuple[str, str, dict[str, Any] | None, Complete | None]:
        name = nodes[0].name.value
        if name == "__typename":
            return key, name, None, None
        if name not in kind.fields:
            raise refusal(f"the sandbox does not answer {name}", "undefinedField")
        field = kind.fields[name]
        return key, name, self._arguments(field, nodes[0]), self._value(field.type, _sets(nodes))

    def _arguments(self, field: Any, node: FieldNode) -> dict[str, Any]:
        try:
            return get_argument_values(field, node, self._variables)
        except GraphQLError as error:
            raise Refusal(_as_error(error, "argumentLiteralsIncompatible")) from None

    def _collect(self, kind: GraphQLObjectType, sets: _Sets) -> dict[str, list[FieldNode]]:
        """Return the fields that these selections ask of an object type, fragments resolved, by response key."""
        fields: dict[str, list[FieldNode]] = {}
        for selections in sets:
            for node in selections.selections:
                if not self._is_wanted(node):
                    continue
                if isinstance(node, FieldNode):
                    key = node.alias.value if node.alias else node.name.value
                    fields.setdefault(key, []).append(node)
                    continue
                part = self._fragment(node)
                if part.type_condition is None or self._applies(part.type_condition.name.value, kind):
                    for key, more in self._collect(kind, (part.selection_set,)).items():
                        fields.setdefault(key, []).extend(more)
        return fields

    def _fragment(self, node: Any) -> FragmentDefinitionNode | InlineFragmentNode:
        if isinstance(node, FragmentSpreadNode):
            return self._fragments[node.name.value]
        assert isinstance(node, InlineFragmentNode)
        return node

    def _applies(self, condition: str, kind: GraphQLObjectType) -> bool:
        named: GraphQLNamedType = self._schema.type_map[condition]
        return named is kind or (is_abstract_type(named) and self._schema.is_sub_type(named, kind))

    def _is_wanted(self, node: Any) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))

    def _cost_of(self, kind: Any, sets: _Sets) -> int:
        if is_abstract_type(kind):
            return max(self._cost_of(each, sets) for each in self._schema.get_possible_types(kind))
        cost = 0
        for nodes in self._collect(kind, sets).values():
            name = nodes[0].name.value
            if name not in kind.fields or is_leaf_type(named := get_named_type(kind.fields[name].type)):
                continue
            inner = self._cost_of(named, _sets(nodes))
            if named.name.endswith("Connection"):
                cost += 2 + (self._arguments(kind.fields[name], nodes[0]).get("first") or 0) * inner
            elif kind.name.endswith("Connection"):
                cost += {"nodes": 1 + inner, "edges": inner}.get(name, 0)
            else:
                cost += 1 + inner
        return cost


class _FieldsExist(FieldsOnCorrectTypeRule):
    """Says which field is missing in the words, and with the path, that Shopify uses."""

    def enter_field(self, node: FieldNode, *args: Any) -> None:
        kind = self.context.get_parent_type()
        if kind is None or self.context.get_field_def():
            return
        name = node.name.value
        extensions = {"typeName": kind.name, "fieldName": name}
        self.report_error(
            GraphQLError(
                f"Field '{name}' doesn't exist on type '{kind.name}'",
                node,
                path=[*_steps(args[-1]), node.alias.value if node.alias else name],
                extensions=extensions,
            )
        )


def _steps(ancestors: list[Any]) -> list[str | int]:
    steps: list[str | int] = []
    for node in ancestors:
        if isinstance(node, OperationDefinitionNode):
            steps.append("query" if node.name is None else f"query {node.name.value}")
        elif isinstance(node, FragmentDefinitionNode):
            steps.append(f"fragment {node.name.value}")
        elif isinstance(node, FieldNode):
            steps.append(node.alias.value if node.alias else node.name.value)
        elif isinstance(node, InlineFragmentNode) and node.type_condition:
            steps.append(f"... on {node.type_condition.name.value}")
    return steps


def _as_error(error: GraphQLError, code: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"message": error.message, "extensions": {"code": code, **(error.extensions or {})}}
    if error.locations:
        answer["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        answer["path"] = list(error.path)
    return answer


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    chosen = [node for node in operations if name is None or (node.name and node.name.value == name)]
    if len(chosen) != 1:
        raise refusal("An operation name is required", "BAD_REQUEST")
    return chosen[0]


def _sets(nodes: list[FieldNode]) -> _Sets:
    return tuple(node.selection_set for node in nodes if node.selection_set)


def _each(one: Complete) -> Complete:
    def complete(sources: Any) -> list[Any]:
        answers: list[Any] = []
        try:
            for source in sources:
                answers.append(one(source))  # noqa: PERF401 - how many are done says where it failed
        except Refusal as refused:
            refused.path.insert(0, len(answers))
            raise
        return answers

    return complete


def _of_page(name: str, child: Complete) -> Callable[[Page], Any]:
    if name == "pageInfo":
        return lambda page: child(page.info())
    if name == "nodes":
        return lambda page: child(page.rows)
    return lambda page: child(
        [{"node": row, "cursor": encode_cursor(key)} for row, key in zip(page.rows, page.keys, strict=True)]
    )
