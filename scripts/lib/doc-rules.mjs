// What a doc comment must say, by the kind of what it documents.
import { canThrow } from "./can-throw.mjs";
import { docComments, exampleFences, plainText, runs, usedNames } from "./doc-comment.mjs";
import {
  allMembers,
  asFunction,
  byName,
  classOf,
  constantMembers,
  hasModifier,
  isCallable,
  isFunction,
  isPublic,
  typeDeclarations,
  writtenValue,
} from "./doc-declarations.mjs";
import { errorCodes } from "./error-codes.mjs";
import { ts } from "./typescript.mjs";

const SHAPE = /\[[^\]\n]*\](?!\()/; // `[batch, dim]`, and not a Markdown link
const TENSOR = /\b(Tensor([0-6]D)?|Variable)\b/;
const SCALAR = /\bScalar\b|\bTensor<(tf\.)?Rank\.R0>/g;
const NAMED_TENSORS = /\bNamedTensorMap\b/;
const FUNCTION = /=>/; // is asked for its shapes where it is a type of its own

/** Yields `{ node, label, what }` for everything that the declarations of one exported name lack. */
export function* checkDeclarations(name, declarations, checker, { summaryOnly = false, source = false, isListed = () => true } = {}) {
  const [first] = declarations;
  if (source && comesFromSomewhere(declarations, checker) && !declarations.some((each) => hasSource(each, checker)))
    yield { node: first, label: name, what: "no @see that says where it is from" };
  if (summaryOnly) {
    if (!declarations.some(hasSummary)) yield { node: first, label: name, what: "no doc comment with a summary" };
    return;
  }
  const functions = declarations.map(asFunction).filter(Boolean);
  const callables = declarations.filter((declaration) => isCallable(declaration, checker));
  yield* checkFunctions(name, functions, checker);
  for (const callable of callables) yield* checkCallable(name, callable, checker);
  const isCalled = functions.length + callables.length > 0;
  if (isCalled)
    yield* checkExample(name, first, [...declarations, ...callables.flatMap((callable) => typeDeclarations(callable, checker))]);
  for (const declaration of declarations.filter((declaration) => !asFunction(declaration))) {
    if (!hasSummary(declaration) && !declarations.some(hasSummary))
      yield { node: declaration, label: name, what: "no doc comment with a summary" };
    if (classOf(declaration)) yield* checkClass(name, declaration, checker, isListed);
    else if (ts.isInterfaceDeclaration(declaration)) yield* checkMembers(name, allMembers(declaration, checker, isListed), checker);
    else if (ts.isEnumDeclaration(declaration)) yield* checkMembers(name, declaration.members, checker);
    else if (ts.isTypeAliasDeclaration(declaration)) yield* checkAlias(name, declaration, checker, isListed);
    else if (ts.isVariableDeclaration(declaration)) yield* checkMembers(name, constantMembers(declaration), checker);
  }
}

/** True of what does something, functions and classes, and of constants. */
export const comesFromSomewhere = (declarations, checker) =>
  declarations.some(
    (each) =>
      ts.isVariableDeclaration(each) || ts.isEnumDeclaration(each) || classOf(each) || asFunction(each) || isCallable(each, checker),
  );

/** What can be found: an address, or a paper by its number or year. */
const FINDABLE = /https?:\/\/|\barXiv \d{4}\.\d{4,5}\b|[a-z].*\b(?:19\d|20[012])\d\b/is;

/** Whether a comment says where something is from: by what can be found, or by a link to a name whose comment does. */
export function hasSource(declaration, checker, seen = new Set()) {
  if (seen.has(declaration)) return false; // names that link to each other
  seen.add(declaration);
  const tags = ts.getJSDocTags(declaration).filter(({ tagName }) => tagName.text === "see");
  const isFound = (tag) =>
    FINDABLE.test(tag.getText().replace("@see", "")) || linkedFrom(tag, checker).some((each) => hasSource(each, checker, seen));
  return tags.some(isFound);
}

/** The declarations that a tag links to. */
function linkedFrom({ comment = [] }, checker) {
  const links = typeof comment === "string" ? [] : comment.filter(ts.isJSDocLink);
  return links.flatMap(({ name }) => {
    const symbol = name && checker.getSymbolAtLocation(name);
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return target?.declarations ?? [];
  });
}

/** Parameters and result as the type has them, unless the type has a name. */
function* checkCallable(label, node, checker) {
  if (!hasSummary(node)) return; // which is asked for already
  if (node.type && ts.isTypeReferenceNode(node.type)) return;
  const missing = (what) => ({ node, label, what });
  const [signature] = checker.getTypeAtLocation(node).getCallSignatures();
  const described = ts.getJSDocTags(node).filter(ts.isJSDocParameterTag);
  const shown = (type) => checker.typeToString(type, node, ts.TypeFormatFlags.NoTruncation);
  for (const parameter of signature.getParameters()) {
    const name = parameter.name.startsWith("__") ? "options" : parameter.name; // destructured
    const text = tagText(described.find((tag) => tag.name.getText() === name));
    if (!text) yield missing(`no @param ${name} with text`);
    else if (lacksShape(shown(checker.getTypeOfSymbolAtLocation(parameter, node)), text))
      yield missing(`@param ${name} names no shape in brackets`);
  }
  const [type, text] = [shown(signature.getReturnType()), tagText(ts.getJSDocReturnTag(node))];
  const value = writtenValue(node);
  if (value && isFunction(value) && canThrow(value, checker)) yield* untold(throwsTags(node)).map(missing);
  if (returnsNothing({}, type)) return;
  if (!text) yield missing("no @returns with text");
  else if (lacksShape(type, text)) yield missing("@returns names no shape in brackets");
}

const throwsTags = (node) => ts.getJSDocTags(node).filter(ts.isJSDocThrowsTag);

let errorCode;
/** Ours and the system's, and not JSON, or URL. */
const namesCode = (tag) => {
  errorCode ??= new RegExp(`\\b(?:${[...errorCodes(), "EACCES", "EEXIST", "ENOENT", "ENOSPC"].join("|")})\\b`);
  return errorCode.test(tag.getText());
};

/** What the tags of something that can throw lack. */
function untold(tags) {
  if (tags.length === 0) return ["no @throws, but it can throw"];
  return tags.some(namesCode) ? [] : ["@throws names no error code"];
}

/** A type that is a function says of which shape the tensors are that it takes and gives. */
function* checkAlias(name, declaration, checker, isListed) {
  yield* checkMembers(name, allMembers(declaration, checker, isListed), checker);
  if (ts.isFunctionTypeNode(declaration.type) && signatureLacksShape(declaration.type, commentText([declaration])))
    yield { node: declaration, label: name, what: "its comment names no shape in brackets" };
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
  if (throws) yield* untold(throwsTags(node)).map(missing);
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
  const examples = declarations
    .flatMap(docComments)
    .flatMap((comment) => exampleFences(plainText(comment)))
    .filter(runs);
  if (examples.length === 0) yield { node, label, what: "no @example with a ```ts fence" };
  else if (!examples.some(({ code }) => usedNames(code).has(label.split(".").at(-1))))
    yield { node, label, what: `no @example uses ${label}` };
}

function* checkClass(name, declaration, checker, isListed) {
  const members = allMembers(classOf(declaration), checker, isListed).filter(
    (member) => isPublic(member) && !hasModifier(member, ts.SyntaxKind.OverrideKeyword),
  );
  yield* checkExample(name, declaration, [declaration, ...members]);
  for (const [key, group] of byName(members)) {
    const label = `${name}.${key}`;
    const [first] = group;
    if (ts.isConstructorDeclaration(first)) {
      if (first.parameters.length > 0) yield* checkConstructor(label, declaration, group, checker);
    } else if (asFunction(first)) yield* checkFunctions(label, group.map(asFunction).filter(Boolean), checker);
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
    const tags = [...throwsTags(node), ...throwsTags(declaration)];
    if (group.some((node) => canThrow(node, checker))) yield* untold(tags).map((what) => ({ node, label, what }));
  }
}

function* checkMembers(name, members, checker) {
  const named = members.filter((member) => !ts.isIndexSignatureDeclaration(member));
  for (const [key, group] of byName(named)) {
    const functions = group.map(asFunction).filter(Boolean);
    if (functions.length > 0) yield* checkFunctions(`${name}.${key}`, functions, checker);
    else yield* checkMember(`${name}.${key}`, group, checker);
  }
}

function* checkMember(label, group, checker) {
  const [node] = group;
  const text = commentText(group);
  const lacks = ts.isMethodSignature(node)
    ? signatureLacksShape(node, text)
    : node.type && lacksShape(typeText(node.type, node, checker), text);
  if (!text) yield { node, label, what: "no comment" };
  else if (lacks) yield { node, label, what: "its comment names no shape in brackets" };
  const isRead = group.some((member) => ts.isAccessor(member) && canThrow(member, checker));
  if (text && isRead) yield* untold(group.flatMap(throwsTags)).map((what) => ({ node, label, what }));
}

const commentText = (group) => group.flatMap(docComments).map(plainText).join(" ").trim();

/** Where a function's type, written out, has a tensor, whoever writes or calls such a function needs its shape. */
const signatureLacksShape = ({ type, parameters }, text) =>
  [type, ...parameters.map((parameter) => parameter.type)].some((each) => each && lacksShape(each.getText(), text));

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
  const holdsTensors = TENSOR.test(tensors) || NAMED_TENSORS.test(type);
  return !FUNCTION.test(type) && holdsTensors && !SHAPE.test(text) && !/\bscalar\b/i.test(text);
}
