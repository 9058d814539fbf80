"""Golden values for the statistics of @rsdix/metrics/study.

Run from the repository root with: numpy==1.26.4, scipy==1.13.1, statsmodels==0.14.2.
Writes packages/metrics/src/fixtures/study-statistics.json. The original's procedure is written here from its description (running means whose index starts
anew at each image, t-tests of those means, p halved whatever the sign), not from its source.
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.special import gammaln
from statsmodels.stats.multitest import multipletests

OUT = Path("packages/metrics/src/fixtures/study-statistics.json")
ALTERNATIVES = ["less", "greater", "two-sided"]


def tails():
    dfs = [1, 1.5, 2, 3.7, 8, 18.4, 29, 30.5, 99.9, 1000, 54321.5, 1e6]
    ts = [0, 1e-6, 0.3, 1, 1.7, 2.5, 4, 8, 20, 37]
    return {
        "student": [[t, df, float(stats.t.sf(t, df))] for df in dfs for t in ts + [-1.2, -6]],
        "normal": [[z, float(stats.norm.sf(z))] for z in [-5, -1, 0, 1e-8, 0.4, 1, 1.96, 2.49, 2.5, 2.51, 3, 6, 10, 20, 37]],
        "quantile": [[p, float(stats.norm.ppf(p))] for p in [1e-12, 1e-4, 0.025, 0.3, 0.5, 0.77, 0.975, 0.9999]],
    }


def both(run):
    return {a: [float(x) for x in run(a)] for a in ALTERNATIVES}


def hedges_correction(df):
    return float(np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2))


def pair(a, b):
    a, b = np.asarray(a), np.asarray(b)
    d = a - b
    dz = d.mean() / d.std(ddof=1)
    pooled = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    cohen = (a.mean() - b.mean()) / pooled
    d = np.round(d, 12)  # as scipy advises: 0.3 - 0.2 and 0.2 - 0.1 are ties, which float64 parts
    nonzero = d[d != 0]
    ranks = stats.rankdata(np.abs(nonzero))
    exact = len(nonzero) <= 50 and len(np.unique(np.abs(nonzero))) == len(nonzero)

    def signed_rank(alternative):
        method = "exact" if exact else "approx"
        p = stats.wilcoxon(nonzero, alternative=alternative, method=method, correction=True).pvalue
        return ranks[nonzero > 0].sum(), p

    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "welch": both(lambda s: stats.ttest_ind(a, b, equal_var=False, alternative=s)),
        "welchDf": float(stats.ttest_ind(a, b, equal_var=False).df),
        "student": both(lambda s: stats.ttest_ind(a, b, alternative=s)),
        "paired": both(lambda s: stats.ttest_rel(a, b, alternative=s)),
        "wilcoxon": both(signed_rank),
        "exact": exact,
        "effect": [float(cohen), float(cohen * hedges_correction(2 * len(a) - 2)), float(dz)],
        "rankBiserial": float((ranks[nonzero > 0].sum() - ranks[nonzero < 0].sum()) / ranks.sum()),
    }


def pairs(rng):
    check = ([0.9, 0.85, 0.8, 0.95, 0.7], [0.6, 0.5, 0.75, 0.4, 0.55])
    made = [check]
    for n, shift, digits in [(3, 0.1, 6), (12, 0.05, 6), (12, -0.3, 6), (50, 0.02, 9), (51, 0.02, 9), (40, 0.05, 1), (120, 0.01, 2), (300, 0.4, 6)]:
        a = np.round(rng.uniform(size=n), digits)
        b = np.round(a + rng.normal(-shift, 0.2, size=n), digits)
        if n == 12:
            b[3] = a[3]  # a difference of zero is left out
        made.append((a, b))
    return [pair(a, b) for a, b in made]


def welch_of_two_lengths(rng):
    a, b = np.round(rng.normal(0, 1, 7), 6), np.round(rng.normal(0.3, 3, 19), 6)
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "welch": both(lambda s: stats.ttest_ind(a, b, equal_var=False, alternative=s)),
        "student": both(lambda s: stats.ttest_ind(a, b, alternative=s)),
    }


def holm(rng):
    lists = [[0.01, 0.04, 0.03], [0.5], [0.2, 0.2, 0.9, 1.0], np.round(rng.uniform(size=15) ** 3, 6).tolist()]
    return [[ps, multipletests(ps, method="holm")[1].tolist()] for ps in lists]


def bootstrap(rng):
    """A ratio of sums, images being the units, as the study takes it; scipy gives the intervals of a distribution that is made here."""
    made = []
    for images, skew in [(12, 1), (25, 4)]:
        counts = rng.integers(0, 6, images).astype(float)
        sums = np.round(counts * rng.uniform(size=images) ** skew, 6)

        def ratio(s, c, axis=-1):
            return s.sum(axis=axis) / c.sum(axis=axis)

        draws = rng.integers(0, images, (199, images))
        values = np.array([ratio(sums[i], counts[i]) for i in draws])
        start = stats.bootstrap((sums, counts), ratio, paired=True, n_resamples=1, method="percentile", random_state=rng)
        start.bootstrap_distribution = values
        intervals = {}
        for method in ["percentile", "BCa"]:
            for level in [0.9, 0.95]:
                result = stats.bootstrap(
                    (sums, counts), ratio, paired=True, n_resamples=0, bootstrap_result=start, method=method, confidence_level=level
                )
                intervals[f"{method.lower()} {level}"] = list(map(float, result.confidence_interval))
        made.append({"sums": sums.tolist(), "counts": counts.tolist(), "values": values.tolist(), "intervals": intervals})
    return made


def running(images):
    """What the original keeps after each caption: a mean and a variance whose number of captions starts anew at each image."""
    means, variances = [], []
    for scores in images:
        mean = variance = 0.0
        for i, x in enumerate(scores):
            n = i + 1
            variance = 0.0 if n == 1 else (n - 2) / (n - 1) * variance + (x - mean) ** 2 / n
            mean += (x - mean) / n
            means.append(mean)
            variances.append(variance)
    return means, variances


def original(rng):
    scores = {
        "bleu1": [np.round(rng.uniform(0.5, 0.9, n), 6).tolist() for n in [5, 5, 3, 5]],
        "rougeL": [np.round(rng.uniform(0.95, 1.0, n), 6).tolist() for n in [5, 5, 3, 5]],
        "sbertSim": [np.round(rng.uniform(0.7, 0.95, n), 6).tolist() for n in [5, 5, 3, 5]],
    }
    kept = {name: running(images) for name, images in scores.items()}
    metrics = [{"metric": name, "mean": means[-1], "sd": float(np.sqrt(variances[-1]))} for name, (means, variances) in kept.items()]
    tests = []
    for name in ["bleu1", "rougeL"]:
        t, p = stats.ttest_ind(kept[name][0], kept["sbertSim"][0])
        tests.append({"metric": name, "t": float(t), "p": float(p), "accepted": bool(p / 2 < 0.05)})
    means, variances = running([[0.2, 0.4, 0.9]])
    return {"scores": scores, "metrics": metrics, "tests": tests, "check": {"means": means, "variances": variances}}


def main():
    rng = np.random.default_rng(20241)
    golden = {
        "tails": tails(),
        "pairs": pairs(rng),
        "twoLengths": welch_of_two_lengths(rng),
        "holm": holm(rng),
        "bootstrap": bootstrap(rng),
        "original": original(rng),
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden) + "\n")


main()
