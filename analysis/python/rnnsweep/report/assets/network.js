// ---- A trained network, run step by step --------------------------------------------------------

const logistic = (z) => 1 / (1 + Math.exp(-z));
const opening = (given, product) => given.map((value, i) => logistic(value + product[i]));

/**
 * States s and memories c after a step of a cell, and how far its gates were open, from x W_in + b_in and s W_rec + b_rec
 * of each of its gates, both [G][H]; the equations are those of the documents.
 */
const cells = {
  tanh: ([given], [product], s, c, leak) => [s.map((_, i) => (1 - leak) * s[i] + leak * Math.tanh(given[i] + product[i])), c, []],
  relu: ([given], [product], s, c, leak) => [s.map((_, i) => (1 - leak) * s[i] + leak * Math.max(given[i] + product[i], 0)), c, []],
  gru: (given, product, s, c) => {
    const [reset, update] = [0, 1].map((gate) => opening(given[gate], product[gate]));
    return [s.map((_, i) => (1 - update[i]) * Math.tanh(given[2][i] + reset[i] * product[2][i]) + update[i] * s[i]), c, [reset, update]];
  },
  lstm: (given, product, s, c) => {
    const [input, forget, output] = [0, 1, 3].map((gate) => opening(given[gate], product[gate]));
    const next = c.map((_, i) => forget[i] * c[i] + input[i] * Math.tanh(given[2][i] + product[2][i]));
    return [next.map((memory, i) => output[i] * Math.tanh(memory)), next, [input, forget, output]];
  },
  mgu: (given, product, s, c) => {
    const forget = opening(given[0], product[0]);
    return [s.map((_, i) => (1 - forget[i]) * s[i] + forget[i] * Math.tanh(given[1][i] + forget[i] * product[1][i])), c, [forget]];
  },
};

/** Names of the gates that a cell's step returns, in their order. */
const gateNames = { gru: ["reset", "update"], lstm: ["input", "forget", "output"], mgu: ["forget"] };

/** x W + b of each gate, [G][H]: W is [I][G][H], or [I][H] of one gate. */
const gatesOf = (x, W, b) => (Array.isArray(b[0]) ? b : [b]).map((bias, gate) => bias.map((start, to) =>
  x.reduce((sum, value, from) => sum + value * (Array.isArray(b[0]) ? W[from][gate][to] : W[from][to]), start)));

/** States, memories, logits z = s' W_out + b_out and gates after a step that reads the numbers x. */
function stepWith(network, x, states, memories) {
  const { W_in, b_in, W_rec, b_rec, W_out, b_out, cell, leak } = network;
  const [next, kept, gates] = cells[cell](gatesOf(x, W_in, b_in), gatesOf(states, W_rec, b_rec), states, memories, leak);
  return [next, kept, b_out.map((start, o) => next.reduce((sum, state, from) => sum + state * W_out[from][o], start)), gates];
}

/** One entry per step of a sequence of symbols or rows of numbers: states, logits, and the shares of
 *  the softmax. */
function workThrough(network, sequence) {
  let [states, memories] = [network.S0, network.C0];
  return sequence.map((given) => {
    const x = network.symbols ? network.inputs.map((_, i) => (i === given ? 1 : 0)) : given;
    let logits, gates;
    [states, memories, logits, gates] = stepWith(network, x, states, memories);
    const powers = logits.map((z) => Math.exp(z - Math.max(...logits)));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return { states, gates, logits, shares: powers.map((power) => power / total) };
  });
}

/**
 * Adds a and b (BigInt) with a network of the results file, least significant bit first:
 *
 *   s' = tanh(x W_in + b_in + s W_rec + b_rec),   z = s' W_out + b_out,   y = logistic(z)
 *
 * or the step of another cell.
 *
 * `count` steps may be more than those of the training: a network that has learnt to add goes on.
 * Returns one entry per step: bits a and b, the carry before and after that a true addition has,
 * the true bit, the states and gates, and the output y with its bit, 1 when z > 0.
 */
function addWith(network, a, b, count = network.sequence_length) {
  let [states, memories] = [network.S0, network.C0];
  let carry = 0;
  return Array.from({ length: count }, (_, k) => {
    const bits = [a, b].map((number) => Number((number >> BigInt(k)) & 1n));
    let logits, gates;
    [states, memories, logits, gates] = stepWith(network, bits, states, memories);
    const [logit] = logits;
    const total = bits[0] + bits[1] + carry;
    const before = carry;
    carry = total > 1 ? 1 : 0;
    return { a: bits[0], b: bits[1], before, after: carry, target: total % 2, states, gates, output: logistic(logit), bit: logit > 0 ? 1 : 0 };
  });
}

const numberOf = (steps) => steps.reduce((sum, { bit }, k) => sum + (BigInt(bit) << BigInt(k)), 0n);

/** Steps of `count` additions of random numbers, the same ones each time. */
function randomAdditions(network, count) {
  let state = 12345;
  const half = BigInt(network.sequence_length - 1);
  const draw = () => {
    let number = 0n;
    for (let k = 0n; k < half; k++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      number |= BigInt(state >>> 31) << k;
    }
    return number;
  };
  return Array.from({ length: count }, () => addWith(network, draw(), draw()));
}

/** Correlation of each state with the carry that the step leaves behind. */
function carryCorrelations(additions) {
  const steps = additions.flat();
  const mean = (of) => steps.reduce((sum, step) => sum + of(step), 0) / steps.length;
  const carryMean = mean((step) => step.after);
  const carryVariance = mean((step) => (step.after - carryMean) ** 2);
  return steps[0].states.map((_, i) => {
    const stateMean = mean((step) => step.states[i]);
    const variance = mean((step) => (step.states[i] - stateMean) ** 2);
    const shared = mean((step) => (step.states[i] - stateMean) * (step.after - carryMean));
    return variance * carryVariance > 0 ? shared / Math.sqrt(variance * carryVariance) : 0;
  });
}
