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
 * The members of a class, an interface or a type, and those that it has of what is no public name itself, by `extends`, `Omit<...>`, `typeof` and the
 * like: they are documented nowhere else.
 */
export function allMembers(declaration, checker, isListed) {
  const own = [...(declaration.members ?? literalMembers(declaration.type))];
  const isHidden = (member) => {
    const owners = ownersOf(member);
    return !owners.some((owner) => owner === declaration.symbol || isListed(owner)) && !member.getSourceFile().isDeclarationFile;
  };
  const hidden = propertiesOf(declaration, checker).filter(isHidden);
  return [...own, ...hidden.filter((member) => !own.includes(member))];
}

/** Where the members of an object, or of an instance and its class, are declared, the constructor among them. */
function propertiesOf({ symbol }, checker) {
  const types = [checker.getDeclaredTypeOfSymbol(symbol)];
  if (symbol.flags & ts.SymbolFlags.Class) types.push(checker.getTypeOfSymbol(symbol));
  const constructors = types.flatMap((type) => type.getConstructSignatures().map((signature) => signature.getDeclaration()));
  return [
    ...types.flatMap((type) => type.getProperties().flatMap(({ declarations = [] }) => declarations)),
    ...constructors.filter(Boolean),
  ];
}

/** What a member is written in, from the inside out: its class, or the constant whose object has it. */
function ownersOf(member) {
  const owners = [];
  for (let node = member.parent; node && !ts.isSourceFile(node); node = node.parent) if (node.symbol) owners.push(node.symbol);
  return owners;
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
function literalMembers(type) {
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
