// Whether a function can throw, as far as the package's own sources tell.
//
// Followed are calls by name, of imported functions too, `this.f(...)`, and `new`, through all files of the packages. Not followed are methods of other
// objects, functions that are handed on, and what is called inside a `try` with a `catch`, which may well be let through: what these throw is for whoever
// writes the comment to say.
import { ts } from "./typescript.mjs";

/** True when the body has a `throw`, calls `fail` or `Promise.reject`, or calls a function of which that is true. */
export function canThrow(node, checker, visited = new Set()) {
  if (!node.body || visited.has(node)) return false;
  visited.add(node);
  let found = false;
  const visit = (inner) => {
    if (found) return;
    if (ts.isTryStatement(inner) && inner.catchClause) {
      visit(inner.catchClause.block);
      if (inner.finallyBlock) visit(inner.finallyBlock);
      return;
    }
    if (ts.isThrowStatement(inner)) found = true;
    else if (ts.isCallExpression(inner) || ts.isNewExpression(inner))
      found =
        ["fail", "Promise.reject"].includes(inner.expression.getText()) ||
        called(inner, checker).some((callee) => canThrow(callee, checker, visited));
    if (!found) ts.forEachChild(inner, visit);
  };
  visit(node.body);
  return found;
}

/** The functions with a body that `f(...)`, `this.f(...)` and `new F(...)` call. */
function called({ expression }, checker) {
  const own = ts.isPropertyAccessExpression(expression) && expression.expression.kind === ts.SyntaxKind.ThisKeyword;
  if (!ts.isIdentifier(expression) && !own) return [];
  const symbol = checker.getSymbolAtLocation(expression);
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return (target?.declarations ?? []).flatMap((declaration) => {
    if (ts.isClassDeclaration(declaration)) return declaration.members.filter(ts.isConstructorDeclaration);
    const node = ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
    return node?.body && ts.isFunctionLike(node) ? [node] : [];
  });
}
