// ---- A trained network, run step by step --------------------------------------------------------

const logistic = (z) => 1 / (1 + Math.exp(-z));

/**
 * Adds a and b (BigInt) with a network of the results file, least significant bit first:
 *
 *   s' = tanh(x W_in + b_in + s W_rec + b_rec),   z = s' W_out + b_out,   y = logistic(z)
 *
 * `count` steps may be more than those of the training: a network that has learnt to add goes on.
 * Returns one entry per step: bits a and b, the carry before and after that a true addition has,
 * the true bit, the states, and the output y with its bit, 1 when z > 0.
 */
function addWith({ S0, W_in, b_in, W_rec, b_rec, W_out, b_out, sequence_length }, a, b, count = sequence_length) {
  let states = S0;
  let carry = 0;
  return Array.from({ length: count }, (_, k) => {
    const bits = [a, b].map((number) => Number((number >> BigInt(k)) & 1n));
    states = states.map((_, to) => Math.tanh(
      bits[0] * W_in[0][to] + bits[1] * W_in[1][to] + b_in[to]
      + states.reduce((sum, state, from) => sum + state * W_rec[from][to], 0) + b_rec[to]));
    const logit = states.reduce((sum, state, from) => sum + state * W_out[from][0], 0) + b_out[0];
    const total = bits[0] + bits[1] + carry;
    const before = carry;
    carry = total > 1 ? 1 : 0;
    return { a: bits[0], b: bits[1], before, after: carry, target: total % 2, states, output: logistic(logit), bit: logit > 0 ? 1 : 0 };
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
