// The default run in C++ with Eigen, one network at a time, backpropagation by hand, the number of
// states known when compiling: -DSTATES=3 -DREAL=float. Same protocol as the peers in Python
// (adder.py); the data and the first weights come on standard input before the first line:
// SAMPLES pairs of whole numbers, then the parameters in the order of TENSORS.
//
// A step is a matrix [BATCH x STATES] with contiguous samples. Up to 16 states the products are
// unrolled coefficient by coefficient, beyond that they are Eigen's blocked ones.
#include <Eigen/Dense>

#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

namespace
{
enum { H = STATES, SAMPLES = 2000, STEPS = 16, BATCH = 100, EPOCHS = 5, BATCHES = SAMPLES / BATCH };
enum { S0 = 0, W_IN = H, B_IN = 3 * H, W_REC = 4 * H, B_REC = W_REC + H * H };
enum { W_OUT = B_REC + H, B_OUT = W_OUT + H, COUNT = B_OUT + 1 };

typedef REAL Real;
typedef Eigen::Matrix<Real, BATCH, H> State;
typedef Eigen::Matrix<Real, BATCH, 2> Input;
typedef Eigen::Matrix<Real, BATCH, STEPS> Output;
typedef Eigen::Matrix<Real, COUNT, 1> Parameters;
typedef Eigen::Map<Eigen::Matrix<Real, 1, H>> Row;
typedef Eigen::Map<Eigen::Matrix<Real, H, H, Eigen::RowMajor>> Square;

template <class A, class B> void multiply_add(State &sum, const A &a, const B &b)
{
    if (H <= 16)
        sum.noalias() += a.lazyProduct(b);
    else
        sum.noalias() += a * b;
}

void take_tanh(State &s)
{
    if (sizeof(Real) == sizeof(float))
        s = s.array().tanh();
    else // Eigen has no vectorised tanh for double
        s = Real(1) - Real(2) / ((s.array() * Real(2)).exp() + Real(1));
}

struct Trainer {
    State state[STEPS + 1], delta[STEPS], flow;
    Output z, error;
    Input x[BATCHES][STEPS];
    Output target[BATCHES];
    Parameters theta, gradient, velocity, mean_square, step;

    void forward(int batch)
    {
        Row bias_in(&theta[B_IN]), bias_rec(&theta[B_REC]);
        Eigen::Matrix<Real, 1, H> bias = bias_in + bias_rec;
        Square w_rec(&theta[W_REC]);
        Eigen::Map<Eigen::Matrix<Real, H, 1>> w_out(&theta[W_OUT]);
        for (int i = 0; i < H; i++)
            state[0].col(i).setConstant(theta[S0 + i]);
        for (int k = 0; k < STEPS; k++) {
            State &next = state[k + 1];
            for (int i = 0; i < H; i++)
                next.col(i).array() = x[batch][k].col(0).array() * theta[W_IN + i] +
                                      x[batch][k].col(1).array() * theta[W_IN + H + i] + bias(i);
            multiply_add(next, state[k], w_rec);
            take_tanh(next);
            z.col(k).noalias() = next * w_out;
        }
        z.array() += theta[B_OUT];
    }

    void backward_step(int batch, int k)
    {
        Square w_rec(&theta[W_REC]), g_rec(&gradient[W_REC]);
        State &d = delta[k];
        const State &next = state[k + 1];
        for (int i = 0; i < H; i++) {
            gradient[W_OUT + i] += next.col(i).dot(error.col(k));
            d.col(i).array() = (flow.col(i).array() + error.col(k).array() * theta[W_OUT + i]) *
                               (Real(1) - next.col(i).array().square());
        }
        flow.setZero();
        multiply_add(flow, d, w_rec.transpose());
        if (H <= 16) {
            for (int i = 0; i < H; i++)
                for (int j = 0; j < H; j++)
                    g_rec(i, j) += state[k].col(i).dot(d.col(j));
        } else
            g_rec.noalias() += state[k].transpose() * d;
        for (int j = 0; j < H; j++) {
            gradient[W_IN + j] += x[batch][k].col(0).dot(d.col(j));
            gradient[W_IN + H + j] += x[batch][k].col(1).dot(d.col(j));
            gradient[B_IN + j] += d.col(j).sum();
        }
    }

    void backward(int batch)
    {
        forward(batch);
        error = (Real(1) / (Real(1) + (-z.array()).exp()) - target[batch].array()) *
                Real(1.0 / (STEPS * BATCH));
        gradient.setZero();
        flow.setZero();
        for (int k = STEPS - 1; k >= 0; k--)
            backward_step(batch, k);
        gradient[B_OUT] = error.sum();
        gradient.template segment<H>(B_REC) = gradient.template segment<H>(B_IN);
        for (int i = 0; i < H; i++)
            gradient[S0 + i] = flow.col(i).sum();
    }

    Real update(int batch)
    {
        velocity *= Real(0.8);
        theta += velocity;
        backward(batch);
        mean_square = Real(0.5) * mean_square + Real(0.5) * gradient.cwiseAbs2();
        step = Real(0.05) * gradient.array() / (mean_square.array().sqrt() + Real(1e-6));
        velocity -= step;
        theta -= step;
        forward(batch);
        return (z.array().max(Real(0)) - z.array() * target[batch].array() +
                (Real(1) + (-z.array().abs()).exp()).log())
            .mean();
    }

    bool read()
    {
        for (int n = 0; n < SAMPLES; n++) {
            long a, b;
            if (!(std::cin >> a >> b))
                return false;
            for (int k = 0; k < STEPS; k++) {
                x[n / BATCH][k](n % BATCH, 0) = Real(a >> k & 1);
                x[n / BATCH][k](n % BATCH, 1) = Real(b >> k & 1);
                target[n / BATCH](n % BATCH, k) = Real((a + b) >> k & 1);
            }
        }
        for (int i = 0; i < COUNT; i++) {
            double value;
            if (!(std::cin >> value))
                return false;
            theta[i] = Real(value);
        }
        velocity.setZero();
        mean_square.setZero();
        return true;
    }
};

Trainer trainer; // too large for the stack
} // namespace

int main()
{
    std::string line;
    if (!trainer.read() || !std::getline(std::cin, line)) {
        std::fprintf(stderr, "peer_eigen: the data on standard input end early\n");
        return 1;
    }
    double first = trainer.update(0), second = trainer.update(1);
    std::printf("{\"peer\": \"Eigen\", \"version\": \"%d.%d.%d\", \"how\": \"one network at a time, "
                "states known to the compiler, -ffast-math\", \"loss\": [%.9g, %.9g]}\n",
                EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION, first, second);
    std::fflush(stdout);
    volatile Real kept = 0;
    while (std::getline(std::cin, line)) {
        std::clock_t start = std::clock();
        for (int batch = 0; batch < BATCHES; batch++)
            kept = trainer.update(batch);
        std::printf("%.9g\n", double(std::clock() - start) / CLOCKS_PER_SEC * EPOCHS);
        std::fflush(stdout);
    }
    (void)kept;
    return 0;
}
