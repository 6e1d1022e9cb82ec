// Takes the place of node:assert in dependencies. That opens stderr as soon as it is loaded, to see
// whether it has colours, which takes as long as generating a policy.

function assert(value, message) {
  if (!value) throw new Error(message);
}

module.exports = Object.assign(assert, {
  ok: assert,
  strictEqual: (one, other, message) => assert(Object.is(one, other), message),
  notStrictEqual: (one, other, message) => assert(!Object.is(one, other), message),
});
