// What an example shows and its test would never reach: functions that nobody calls, and what only happens in some environment.
import { ts } from "./typescript.mjs";

/** The functions and classes of an example that nothing uses which is executed; `typeof load` does not use `load`. */
export function unusedFunctions(code) {
  const { statements } = parse(code);
  const declared = new Map(statements.flatMap(declaredFunctions));
  const reached = new Set();
  const reach = (node) => {
    for (const name of namesIn(node)) {
      if (!declared.has(name) || reached.has(name)) continue;
      reached.add(name);
      reach(declared.get(name));
    }
  };
  for (const statement of statements) if (declaredFunctions(statement).length === 0) reach(statement);
  return [...declared.keys()].filter((name) => !reached.has(name));
}

/** True where a condition on `process.env` decides what of an example is executed. */
export function asksEnvironment(code) {
  const asks = (node) => {
    const asked = ts.isIfStatement(node) ? node.expression : ts.isConditionalExpression(node) ? node.condition : undefined;
    return /\bprocess\.env\b/.test(asked?.getText() ?? "") || ts.forEachChild(node, asks) === true;
  };
  return asks(parse(code));
}

const parse = (code) => ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);

/** `[name, node]` of what a statement declares and does not execute by itself. */
function declaredFunctions(statement) {
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return [[statement.name.text, statement]];
  if (!ts.isVariableStatement(statement)) return [];
  const { declarations } = statement.declarationList;
  const isFunction = ({ initializer }) => initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer));
  return declarations.every(isFunction) ? declarations.map((declaration) => [declaration.name.text, declaration]) : [];
}

/** The names in a node, without those of its own properties and of what is only asked for its type. */
function namesIn(node) {
  const found = new Set();
  const visit = (child) => {
    if (ts.isTypeOfExpression(child)) return;
    if (ts.isIdentifier(child) && (ts.isShorthandPropertyAssignment(child.parent) || child.parent.name !== child)) found.add(child.text);
    ts.forEachChild(child, visit);
  };
  visit(node);
  return found;
}
