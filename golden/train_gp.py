"""Golden values of the Gaussian process that @rsdix/train searches with (scikit-learn 1.9.1, numpy 1.26.4, scipy 1.13.1).

Fixed hyperparameters: the posterior's mean and standard deviation without noise (noise as `alpha`), the log marginal likelihood, and its gradient by the
logarithms of signal variance, length scales and noise variance (noise as a WhiteKernel, so that it has a gradient). Expected improvement by the formula with
scipy's normal distribution, where the formula keeps its digits.

Run: python golden/train_gp.py   (writes packages/train/src/fixtures/gaussian-process.json)
"""
import json
from pathlib import Path

import numpy as np
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

random = np.random.default_rng(0)
cases = []
for points, columns, signal, noise in ((1, 1, 1.0, 1e-2), (6, 1, 0.7, 1e-4), (12, 3, 2.5, 1e-2), (25, 4, 1.3, 1e-6), (20, 2, 0.4, 0.5)):
    x, new = random.random((points, columns)), random.random((8, columns))
    new[0] = x[0]  # at a point that was seen
    y = np.sin(5 * x).sum(axis=1) + 0.1 * random.standard_normal(points)
    scales = random.uniform(0.1, 2.0, columns)
    matern = ConstantKernel(signal, "fixed") * Matern(scales, "fixed", nu=2.5)
    mean, std = GaussianProcessRegressor(matern, alpha=noise, optimizer=None).fit(x, y).predict(new, return_std=True)
    free = ConstantKernel(signal) * Matern(scales, nu=2.5) + WhiteKernel(noise)
    process = GaussianProcessRegressor(free, alpha=0.0, optimizer=None).fit(x, y)
    value, gradient = process.log_marginal_likelihood(process.kernel_.theta, eval_gradient=True)
    cases.append({
        "points": x.tolist(), "values": y.tolist(), "new": new.tolist(),
        "signalVariance": signal, "lengthScales": scales.tolist(), "noiseVariance": noise,
        "means": mean.tolist(), "deviations": std.tolist(),
        "likelihood": float(value), "gradient": gradient.tolist(),
    })

improvements = []
for mean, deviation, lowest in ((0.0, 1.0, 0.0), (1.0, 0.5, 0.2), (-1.0, 2.0, 0.3), (3.0, 1.0, -1.0), (0.0, 0.01, 5.0), (2.0, 0.4, 0.5)):
    z = (lowest - mean) / deviation
    improvements.append({"mean": mean, "deviation": deviation, "lowest": lowest, "value": float((lowest - mean) * norm.cdf(z) + deviation * norm.pdf(z))})
cumulative = [{"z": z, "value": float(norm.cdf(z))} for z in (-30.0, -8.0, -3.0, -2.5, -1.0, 0.0, 0.3, 2.9, 3.1, 8.0)]

target = Path(__file__).parent.parent / "packages/train/src/fixtures/gaussian-process.json"
target.write_text(json.dumps({"cases": cases, "improvements": improvements, "cumulative": cumulative}))
