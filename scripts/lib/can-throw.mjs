// Whether a function can throw, as far as its own file tells.
import ts from "typescript";

/** True when the body has a `throw`, calls `fail` or a `check...` function, or calls a function of the same file of which that is true. */
export function canThrow(node, visited = new Set()) {
  if (!node.body || visited.has(node)) return false;
  visited.add(node);
  const source = node.getSourceFile();
  let found = false;
  const visit = (inner) => {
    if (found) return;
    if (ts.isThrowStatement(inner)) found = true;
    else if (ts.isCallExpression(inner)) {
      const name = calledName(inner);
      const local = name === undefined ? [] : functionsNamed(name, source);
      found = local.length > 0 ? local.some((callee) => canThrow(callee, visited)) : isThrower(name);
    }
    if (!found) ts.forEachChild(inner, visit);
  };
  visit(node.body);
  return found;
}

/** `f(...)` and `this.f(...)`; a method of another object is not followed. */
function calledName({ expression }) {
  if (ts.isIdentifier(expression)) return expression.text;
  const own = ts.isPropertyAccessExpression(expression) && expression.expression.kind === ts.SyntaxKind.ThisKeyword;
  return own ? expression.name.text : undefined;
}

/** What other files export under these names throws. */
function isThrower(name = "") {
  return name === "fail" || /^check[A-Z]/.test(name);
}

function functionsNamed(name, source) {
  return source.statements.flatMap((statement) => {
    if (ts.isFunctionDeclaration(statement)) return statement.name?.text === name ? [statement] : [];
    if (ts.isClassDeclaration(statement))
      return statement.members.filter((member) => ts.isMethodDeclaration(member) && member.name.getText() === name);
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations
      .filter((declaration) => declaration.name.getText() === name && declaration.initializer?.body)
      .map((declaration) => declaration.initializer);
  });
}
