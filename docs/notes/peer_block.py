"""One block of a Wan2.1 transformer in PyTorch, eager and bf16, with random weights: what `bench block --device cuda` is held against.

    python3 docs/notes/peer_block.py [tokens] [width] [feed-forward] [heads] [layers]        (defaults: Wan2.1 14B at 32,760 tokens)

Norms, modulation and residual sums in f32, as diffusers computes them; attention by scaled_dot_product_attention (cuDNN's or flash, as
PyTorch chooses). Prints the median of 10 runs, and that times the number of layers: a step without guidance, but for its ends.
"""
import statistics
import sys

import torch
import torch.nn.functional as F

tokens, width, feed, heads, layers = (int(a) for a in (sys.argv[1:] + ["32760", "5120", "13824", "40", "40"][len(sys.argv) - 1:]))
text = 512
eps = 1e-6
bf16 = dict(device="cuda", dtype=torch.bfloat16)
f32 = dict(device="cuda", dtype=torch.float32)
torch.manual_seed(0)


def linear(out, into):
    return torch.randn(out, into, **bf16) * 0.02, torch.randn(out, **bf16) * 0.02


attention = [[linear(width, width) for _ in range(4)] for _ in range(2)]
gains = [torch.randn(width, **bf16) * 0.02 + 1 for _ in range(4)]
norm2 = torch.randn(width, **f32) * 0.02 + 1, torch.randn(width, **f32) * 0.02
up, down = linear(feed, width), linear(width, feed)
modulation = torch.randn(6, width, **f32) * 0.02
angles = torch.randn(tokens, 1, width // heads // 2, device="cuda") * 3
cos, sin = angles.cos(), angles.sin()
hidden = torch.randn(tokens, width, **bf16)
context = torch.randn(text, width, **bf16)


def normed(x, shift, scale):
    return (F.layer_norm(x.float(), (width,), eps=eps) * (1 + scale) + shift).to(x.dtype)


def rotated(x):
    pairs = x.reshape(tokens, heads, -1, 2)
    even, odd = pairs.unbind(-1)
    turned = torch.empty_like(pairs)
    turned[..., 0] = even * cos - odd * sin
    turned[..., 1] = even * sin + odd * cos
    return turned.reshape(tokens, width)


def attend(weights, q_gain, k_gain, x, y, rotary):
    q, k, v = (F.linear(source, *w) for source, w in zip((x, y, y), weights))
    q, k = F.rms_norm(q, (width,), q_gain, eps), F.rms_norm(k, (width,), k_gain, eps)
    if rotary:
        q, k = rotated(q), rotated(k)
    by_head = (t.reshape(1, t.shape[0], heads, -1).transpose(1, 2) for t in (q, k, v))
    return F.linear(F.scaled_dot_product_attention(*by_head).transpose(1, 2).reshape(tokens, width), *weights[3])


def block(x):
    shift, scale, gate, feed_shift, feed_scale, feed_gate = modulation
    n = normed(x, shift, scale)
    x = (x.float() + attend(attention[0], gains[0], gains[1], n, n, True) * gate).to(x.dtype)
    n = (F.layer_norm(x.float(), (width,), *norm2, eps=eps)).to(x.dtype)
    x = x + attend(attention[1], gains[2], gains[3], n, context, False)
    n = normed(x, feed_shift, feed_scale)
    y = F.linear(F.gelu(F.linear(n, *up), approximate="tanh"), *down)
    return (x.float() + y.float() * feed_gate).to(x.dtype)


with torch.inference_mode():
    times = []
    for run in range(13):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        block(hidden)
        end.record()
        torch.cuda.synchronize()
        if run >= 3:
            times.append(start.elapsed_time(end))
milliseconds = statistics.median(times)
print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}: a block of {tokens} tokens, width {width}, eager bf16: "
      f"{milliseconds:.1f} ms ({min(times):.1f} to {max(times):.1f}), {layers} of them {milliseconds * layers / 1e3:.2f} s")
