// What a public declaration is and has, in whichever of its forms it is written.
import { ts } from "./typescript.mjs";

/** The function node of a declaration: itself, or the arrow or function that a constant or a member is initialised with. */
export function asFunction(declaration) {
  if (ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration)) return declaration;
  return declaration.initializer && isFunction(declaration.initializer) ? declaration.initializer : undefined;
}

export const isFunction = (node) => ts.isArrowFunction(node) || ts.isFunctionExpression(node);

/** The class of a declaration: itself, or what a constant is initialised with. */
export function classOf(declaration) {
  if (ts.isClassDeclaration(declaration)) return declaration;
  const value = ts.isVariableDeclaration(declaration) ? writtenValue(declaration) : undefined;
  return value && ts.isClassExpression(value) ? value : undefined;
}

/** What something is initialised with, without what says only of which type it is. */
export function writtenValue({ initializer }) {
  let value = initializer;
  while (value && (ts.isAsExpression(value) || ts.isSatisfiesExpression(value) || ts.isParenthesizedExpression(value)))
    value = value.expression;
  return value;
}

/** True for a constant that is called though no function is written where it is declared: what another function returned, for one. */
export function isCallable(declaration, checker) {
  const isConstant = ts.isVariableDeclaration(declaration) || ts.isBindingElement(declaration);
  return isConstant && !asFunction(declaration) && checker.getTypeAtLocation(declaration).getCallSignatures().length > 0;
}

/** Where the type that a constant is declared with is written, if it has a name: under that it is described, once for all constants of it. */
export function typeDeclarations({ type }, checker) {
  return type && ts.isTypeReferenceNode(type) ? (namedSymbol(type.typeName, checker)?.declarations ?? []) : [];
}

/**
 * The members of a class or an interface, and those that it has of what it extends where that is no public name itself: they are documented nowhere else.
 */
export function allMembers(declaration, checker, isListed) {
  const own = [...declaration.members];
  const names = new Set(byName(own).keys());
  const hidden = hiddenParents(declaration, checker, isListed).flatMap((parent) => allMembers(parent, checker, isListed));
  return [...own, ...hidden.filter((member) => !names.has(memberName(member)))];
}

function hiddenParents({ heritageClauses = [] }, checker, isListed) {
  return heritageClauses
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => types.map(({ expression }) => namedSymbol(expression, checker)))
    .filter((symbol) => symbol && !isListed(symbol))
    .flatMap(({ declarations = [] }) => declarations)
    .filter((parent) => !parent.getSourceFile().isDeclarationFile && (ts.isInterfaceDeclaration(parent) || ts.isClassDeclaration(parent)));
}

/** What a name stands for, wherever it was imported from. */
function namedSymbol(name, checker) {
  const symbol = checker.getSymbolAtLocation(name);
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

const memberName = (member) => (ts.isConstructorDeclaration(member) ? "constructor" : (member.name?.getText() ?? ""));

export function byName(members) {
  const groups = new Map();
  for (const member of members) groups.set(memberName(member), [...(groups.get(memberName(member)) ?? []), member]);
  return groups;
}

/** The members of the object types written out in a type alias, also inside unions, lists, `Readonly<...>` and the like; not those of functions. */
export function literalMembers(type) {
  if (ts.isTypeLiteralNode(type)) return [...type.members];
  if (ts.isFunctionTypeNode(type) || ts.isConstructorTypeNode(type)) return [];
  if (ts.isConditionalTypeNode(type)) return [type.trueType, type.falseType].flatMap(literalMembers); // before them are conditions
  const found = [];
  ts.forEachChild(type, (inner) => void found.push(...literalMembers(inner)));
  return found;
}

/** What a constant's type lists where it's written out, or what an object has that has no type of its own, where its members would be described. */
export function constantMembers({ type, initializer }) {
  if (type) return literalMembers(type);
  if (initializer && ts.isSatisfiesExpression(initializer)) return literalMembers(initializer.type);
  let value = writtenValue({ initializer });
  if (value && ts.isCallExpression(value) && value.expression.getText() === "Object.freeze")
    value = writtenValue({ initializer: value.arguments[0] });
  return (value && ts.isObjectLiteralExpression(value) ? value.properties : []).filter((member) => !ts.isSpreadAssignment(member));
}

export function isPublic(member) {
  const hidden = hasModifier(member, ts.SyntaxKind.PrivateKeyword) || hasModifier(member, ts.SyntaxKind.ProtectedKeyword);
  return !hidden && !(member.name && ts.isPrivateIdentifier(member.name));
}

export function hasModifier(node, kind) {
  return (node.modifiers ?? []).some((modifier) => modifier.kind === kind);
}
