"""The losses of @rsdix/core-losses in PyTorch, from the papers' formulas, dense, for M images and N texts.

CLIP 2103.00020, supervised contrastive 2004.11362 (L_out), SigLIP 2303.15343, Sinkhorn 1306.0895, OTTER 2112.09445. Used by
core_losses.py, which runs them in float64 and in float32.
"""

import torch
import torch.nn.functional as F


def reduce(losses, reduction):
    return losses if reduction == "none" else losses.sum() if reduction == "sum" else losses.mean()


def both_directions(rows, columns, row_count=None, column_count=None):
    """Losses of rows [M] and columns [N] as [max(M, N)] whose mean is the mean of both means (over the counted ones)."""
    size = max(len(rows), len(columns))
    rows, columns = (F.pad(x / count, (0, size - len(x))) for x, count in ((rows, row_count or len(rows)), (columns, column_count or len(columns))))
    return size / 2 * (rows + columns)


def info_nce(image, text, logitScale, labelSmoothing=0.0, reduction="mean"):
    logits = logitScale.exp() * image @ text.t()
    pairs = torch.arange(min(logits.shape))
    rows = F.cross_entropy(logits[: len(pairs)], pairs, reduction="none", label_smoothing=labelSmoothing)
    columns = F.cross_entropy(logits.t()[: len(pairs)], pairs, reduction="none", label_smoothing=labelSmoothing)
    return reduce((rows + columns) / 2, reduction)


def supervised_contrastive(image, text, logitScale, imageLabels=None, textLabels=None, positives=None, labelSmoothing=0.0, reduction="mean"):
    logits = logitScale.exp() * image @ text.t()
    mask = positives if positives is not None else (imageLabels[:, None] == textLabels[None, :]).to(logits.dtype)

    def direction(logits, mask):
        count = mask.sum(dim=1, keepdim=True)
        target = (1 - labelSmoothing) * mask / count.clamp(min=1) + labelSmoothing / logits.shape[1]
        losses = -(target * F.log_softmax(logits, dim=1)).sum(dim=1)
        return torch.where(count[:, 0] > 0, losses, torch.zeros_like(losses)), int((count > 0).sum())

    (rows, row_count), (columns, column_count) = direction(logits, mask), direction(logits.t(), mask.t())
    return reduce(both_directions(rows, columns, row_count, column_count), reduction)


def sigmoid_loss(image, text, logitScale, logitBias, labels=None, reference=False, reduction="mean"):
    logits = logitScale.exp() * image @ text.t() + logitBias
    if labels is None:
        losses = -F.logsigmoid((2 * torch.eye(*logits.shape, dtype=logits.dtype) - 1) * logits)
    elif reference:  # what the original does with probabilities where +1 and -1 belong
        losses = -F.logsigmoid(labels * logits)
    else:
        losses = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return reduce(losses.sum(dim=1), reduction)


def sinkhorn(cost, rowMarginal=None, columnMarginal=None, **options):
    """In the log domain, which is exact for every lambda; in float64 also in the exp domain, where that does not underflow."""
    lam, iterations = options["lambda"], options["iterations"]
    m, n = cost.shape
    rows = torch.full((m,), 1 / m, dtype=cost.dtype) if rowMarginal is None else rowMarginal
    columns = torch.full((n,), 1 / n, dtype=cost.dtype) if columnMarginal is None else columnMarginal
    log_q = -cost / lam
    for _ in range(iterations):
        log_q = log_q + (rows.log() - log_q.logsumexp(dim=1))[:, None]
        log_q = log_q + (columns.log() - log_q.logsumexp(dim=0))[None, :]
    q = F.softmax(log_q, dim=1)
    if cost.dtype == torch.float64 and (cost.max() - cost.min()) / lam < 80:
        torch.testing.assert_close(q, sinkhorn_exp(cost, lam, iterations, rows, columns), rtol=1e-9, atol=1e-12)
    return q


def sinkhorn_exp(cost, lam, iterations, rows, columns):
    q = torch.exp((cost.min() - cost) / lam)
    q = q / q.sum()
    for _ in range(iterations):
        q = q * (rows / q.sum(dim=1))[:, None]
        q = q * (columns / q.sum(dim=0))[None, :]
    return q / q.sum(dim=1, keepdim=True)


def teacher_targets(image, text, sentence=None, imageCoefficient=1.0, textCoefficient=1.0, removeDiagonal=False, **options):
    m, n = len(image), len(text)
    ii = image @ torch.cat([image, text[m:]])[:n].t()  # a text that has no image stands in for it, and the other way round
    tt = torch.cat([text, image[n:]])[:m] @ text.t() if sentence is None else sentence[:m] @ sentence[:n].t()
    if removeDiagonal:
        ii, tt = (x - 100 * torch.eye(m, n, dtype=x.dtype) for x in (ii, tt))
    cost = -(imageCoefficient * ii + textCoefficient * tt + image @ text.t())
    return {"image": sinkhorn(cost, **options), "text": sinkhorn(cost.t(), **options)}


def distillation_loss(similarities, imageTargets, textTargets, logitScale, reduction="mean"):
    scale = torch.clamp(logitScale.exp(), 1, 100)
    rows = F.kl_div(F.log_softmax(scale * similarities, dim=1), imageTargets, reduction="none").sum(dim=1)
    columns = F.kl_div(F.log_softmax(scale * similarities.t(), dim=1), textTargets, reduction="none").sum(dim=1)
    return reduce(both_directions(rows, columns), reduction)


def self_distillation_loss(image, text, teacherImage, teacherText, logitScale, teacherSentence=None, reduction="mean", **options):
    targets = teacher_targets(teacherImage, teacherText, teacherSentence, **options)
    return distillation_loss(image @ text.t(), targets["image"], targets["text"], logitScale, reduction)


def rsdix_loss(image, text, teacherImage, teacherText, logitScale, distillationScale, teacherSentence=None, alpha=0.5, labelSmoothing=0.0, reduction="mean", **options):
    contrastive = info_nce(image, text, logitScale, labelSmoothing, reduction)
    distillation = self_distillation_loss(image, text, teacherImage, teacherText, distillationScale, teacherSentence, reduction, **options)
    return {"total": alpha * contrastive + (1 - alpha) * distillation, "contrastive": contrastive, "distillation": distillation}


def in_batch_accuracy(image, text):
    similarity, own = image @ text.t(), torch.arange(len(image))
    return ((similarity.argmax(1) == own).to(image.dtype).mean() + (similarity.argmax(0) == own).to(image.dtype).mean()) / 2


def similarity_mse(image, text, sentence, reference=False, reduction="mean"):
    m, n = len(image), len(text)
    size = max(m, n)

    def part(a, b):
        squares = (a @ b.t() - sentence[: len(a)] @ sentence[: len(b)].t()) ** 2
        return F.pad(size * squares.sum(dim=1) / squares.numel(), (0, size - len(a)))

    parts = {"imageImage": part(image, image), "imageText": part(image, text), "textText": part(text, text)}
    parts = {"total": sum(parts.values()) / 3, **parts}
    return {k: reduce(v, "mean" if reference and reduction == "sum" else reduction) for k, v in parts.items()}
