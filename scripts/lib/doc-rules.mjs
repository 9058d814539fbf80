// What a doc comment must say, by the kind of what it documents.
import ts from "typescript";
import { canThrow } from "./can-throw.mjs";
import { docComments, exampleFences, plainText, runs } from "./doc-comment.mjs";

const SHAPE = /\[[^\]\n]*\](?!\()/; // `[batch, dim]`, and not a Markdown link
const ERROR_CODE = /\b[A-Z]{2,}(_[A-Z]+)*\b/;
const TENSOR = /\b(Tensor([0-6]D)?|Variable)\b/;
const SCALAR = /\bScalar\b|\bTensor<(tf\.)?Rank\.R0>/g;
const CONTAINER = /\b(Record|Map|NamedTensorMap)\b|=>/; // tensors of many shapes, or a function

/** Yields `{ node, label, what }` for everything that the declarations of one exported name lack. */
export function* checkDeclarations(name, declarations, checker, { summaryOnly = false, source = false } = {}) {
  const [first] = declarations;
  if (summaryOnly) {
    if (!declarations.some(hasSummary)) yield { node: first, label: name, what: "no doc comment with a summary" };
    return;
  }
  const functions = declarations.map(asFunction).filter(Boolean);
  if (functions.length > 0) {
    yield* checkFunctions(name, functions, checker);
    yield* checkExample(name, first, declarations);
  }
  const isClass = declarations.some(ts.isClassDeclaration);
  if (source && (isClass || functions.length > 0) && !declarations.some(hasSource))
    yield { node: first, label: name, what: "no @see that says where it is from" };
  for (const declaration of declarations.filter((declaration) => !asFunction(declaration))) {
    if (!hasSummary(declaration) && !declarations.some(hasSummary))
      yield { node: declaration, label: name, what: "no doc comment with a summary" };
    if (ts.isClassDeclaration(declaration)) yield* checkClass(name, declaration, checker);
    else if (ts.isInterfaceDeclaration(declaration)) yield* checkMembers(name, declaration.members, checker);
    else if (ts.isEnumDeclaration(declaration)) yield* checkMembers(name, declaration.members, checker);
    else if (ts.isTypeAliasDeclaration(declaration)) yield* checkMembers(name, literalMembers(declaration.type), checker);
    else if (ts.isVariableDeclaration(declaration)) yield* checkMembers(name, constantMembers(declaration), checker);
  }
}

const hasSource = (declaration) =>
  ts.getJSDocTags(declaration).some((tag) => tag.tagName.text === "see" && tag.getText().length > "@see ".length);

/** The function node of a declaration: itself, or the arrow or function that a constant is initialised with. */
function asFunction(declaration) {
  if (ts.isFunctionDeclaration(declaration)) return declaration;
  const initializer = ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer)) ? initializer : undefined;
}

/** Overloads are each documented; their shared implementation is not public, but tells what can be thrown. */
function* checkFunctions(name, functions, checker) {
  const signatures = functions.filter((node) => !node.body);
  const throws = functions.some((node) => canThrow(node, checker));
  for (const node of signatures.length > 0 ? signatures : functions) yield* checkFunction(name, node, checker, { throws });
}

function* checkFunction(label, node, checker, { throws }) {
  const missing = (what) => ({ node, label, what });
  if (!hasSummary(node)) {
    yield missing("no doc comment with a summary");
    return;
  }
  for (const parameter of node.parameters) yield* checkParameter(label, parameter, checker);
  if (!ts.isConstructorDeclaration(node)) {
    const type = returnType(node, checker);
    const text = tagText(ts.getJSDocReturnTag(node));
    if (!returnsNothing(node, type)) {
      if (!text) yield missing("no @returns with text");
      else if (lacksShape(type, text)) yield missing("@returns names no shape in brackets");
    }
  }
  if (throws) {
    const tags = ts.getJSDocTags(node).filter(ts.isJSDocThrowsTag);
    if (tags.length === 0) yield missing("no @throws, but it can throw");
    else if (!tags.some((tag) => ERROR_CODE.test(tag.getText()))) yield missing("@throws names no error code");
  }
}

function* checkParameter(label, parameter, checker) {
  const name = ts.isIdentifier(parameter.name) ? parameter.name.text : "options";
  if (name.startsWith("_") || name === "this") return;
  const own = docComments(parameter).filter((comment) => comment.parent === parameter);
  const text = ts
    .getJSDocParameterTags(parameter)
    .map(tagText)
    .concat(own.map((comment) => tagText(comment)))
    .filter(Boolean)
    .join(" ");
  const type = typeText(parameter.type, parameter, checker);
  if (!text) yield { node: parameter, label, what: `no @param ${name} with text` };
  else if (lacksShape(type, text)) yield { node: parameter, label, what: `@param ${name} names no shape in brackets` };
}

function* checkExample(label, node, declarations) {
  const examples = declarations.flatMap(docComments).flatMap((comment) => exampleFences(plainText(comment)));
  if (!examples.some(runs)) yield { node, label, what: "no @example with a ```ts fence" };
}

function* checkClass(name, declaration, checker) {
  const members = declaration.members.filter((member) => isPublic(member) && !hasModifier(member, ts.SyntaxKind.OverrideKeyword));
  yield* checkExample(name, declaration, [declaration, ...members]);
  for (const [key, group] of byName(members)) {
    const label = `${name}.${key}`;
    const [first] = group;
    if (ts.isConstructorDeclaration(first)) {
      if (first.parameters.length > 0) yield* checkConstructor(label, declaration, group, checker);
    } else if (ts.isMethodDeclaration(first)) yield* checkFunctions(label, group, checker);
    else if (!ts.isSemicolonClassElement(first) && !ts.isIndexSignatureDeclaration(first) && !ts.isClassStaticBlockDeclaration(first)) {
      yield* checkMember(label, group, checker);
    }
  }
}

/** The parameters of a constructor may be described on the class. */
function* checkConstructor(label, declaration, group, checker) {
  const described = new Set(
    ts
      .getJSDocTags(declaration)
      .filter(ts.isJSDocParameterTag)
      .map((tag) => tag.name.getText()),
  );
  for (const node of group.filter((node) => !node.body || group.length === 1)) {
    for (const parameter of node.parameters) {
      if (!described.has(parameter.name.getText())) yield* checkParameter(label, parameter, checker);
    }
    const tags = [...ts.getJSDocTags(node), ...ts.getJSDocTags(declaration)].filter(ts.isJSDocThrowsTag);
    if (group.some((node) => canThrow(node, checker)) && tags.length === 0) yield { node, label, what: "no @throws, but it can throw" };
  }
}

function* checkMembers(name, members, checker) {
  const named = members.filter((member) => !ts.isIndexSignatureDeclaration(member));
  for (const [key, group] of byName(named)) yield* checkMember(`${name}.${key}`, group, checker);
}

function* checkMember(label, group, checker) {
  const [node] = group;
  const text = group.flatMap(docComments).map(plainText).join(" ").trim();
  if (!text) yield { node, label, what: "no comment" };
  else if (node.type && !ts.isMethodSignature(node) && lacksShape(typeText(node.type, node, checker), text)) {
    yield { node, label, what: "its comment names no shape in brackets" };
  }
}

function byName(members) {
  const groups = new Map();
  for (const member of members) {
    const key = ts.isConstructorDeclaration(member) ? "constructor" : (member.name?.getText() ?? "");
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }
  return groups;
}

/** The members of the object types written out in a type alias, also inside unions and intersections. */
function literalMembers(type) {
  if (ts.isTypeLiteralNode(type)) return [...type.members];
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) return type.types.flatMap(literalMembers);
  return ts.isParenthesizedTypeNode(type) ? literalMembers(type.type) : [];
}

/** What a constant's type lists where it's written out, or what an object has that has no type of its own, where its members would be described. */
function constantMembers({ type, initializer }) {
  if (type) return literalMembers(type);
  let value = initializer;
  while (value && !ts.isObjectLiteralExpression(value)) {
    const isFrozen = ts.isCallExpression(value) && value.expression.getText() === "Object.freeze";
    value = isFrozen ? value.arguments[0] : ts.isAsExpression(value) || ts.isParenthesizedExpression(value) ? value.expression : undefined;
  }
  return (value?.properties ?? []).filter((member) => !ts.isSpreadAssignment(member));
}

function isPublic(member) {
  const hidden = hasModifier(member, ts.SyntaxKind.PrivateKeyword) || hasModifier(member, ts.SyntaxKind.ProtectedKeyword);
  return !hidden && !(member.name && ts.isPrivateIdentifier(member.name));
}

function hasModifier(node, kind) {
  return (node.modifiers ?? []).some((modifier) => modifier.kind === kind);
}

function hasSummary(node) {
  return docComments(node).some((comment) => tagText(comment) !== "");
}

function tagText(tag) {
  return (ts.getTextOfJSDocComment(tag?.comment) ?? "").replace(/^[-\s]+/, "").trim();
}

function typeText(typeNode, node, checker) {
  return typeNode ? typeNode.getText() : checker.typeToString(checker.getTypeAtLocation(node), node, ts.TypeFormatFlags.NoTruncation);
}

function returnType(node, checker) {
  if (node.type) return node.type.getText();
  const signature = checker.getSignatureFromDeclaration(node);
  return checker.typeToString(checker.getReturnTypeOfSignature(signature), node, ts.TypeFormatFlags.NoTruncation);
}

function returnsNothing(node, type) {
  return (
    /^(Promise<)?(void|undefined|never)>?$/.test(type) ||
    (node.type !== undefined && ts.isTypePredicateNode(node.type) && node.type.assertsModifier !== undefined)
  );
}

/** A type that says scalar needs no words; a tensor needs its shape in brackets, or the word scalar. */
function lacksShape(type, text) {
  const tensors = type.replace(SCALAR, "");
  return !CONTAINER.test(type) && TENSOR.test(tensors) && !SHAPE.test(text) && !/\bscalar\b/i.test(text);
}
