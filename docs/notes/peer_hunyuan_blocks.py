"""HunyuanVideo's blocks in PyTorch, eager and bf16, by diffusers (its source in /tmp/diffusers/src), with the reference's mask and without: what `bench block --like hunyuanvideo` is held against."""
import sys, torch
sys.path.insert(0, "/tmp/diffusers/src")
from diffusers.models.transformers.transformer_hunyuan_video import HunyuanVideoTransformerBlock as Dual, HunyuanVideoSingleTransformerBlock as Single
torch.manual_seed(0); torch.set_grad_enabled(False); d = "cuda"; W = 3072; N = int(sys.argv[1]) if len(sys.argv) > 1 else 118800; T = 256; REAL = 64
def make(c): return c(24, 128, 4.0, qk_norm="rms_norm").to(d, torch.bfloat16).eval()
x = torch.randn(1, N, W, device=d, dtype=torch.bfloat16); c = torch.randn(1, T, W, device=d, dtype=torch.bfloat16); t = torch.randn(1, W, device=d, dtype=torch.bfloat16)
rot = (torch.randn(N, 128, device=d), torch.randn(N, 128, device=d))
mask = torch.ones(1, 1, 1, N + T, device=d, dtype=torch.bool); mask[..., N + REAL:] = False
for name, cls in (("dual", Dual), ("single", Single)):
    b = make(cls)
    for label, m, ctx in (("mask", mask, c), ("no mask", None, c)):
        f = lambda: b(x, ctx, t, m, rot)
        for _ in range(2): f()
        ms = []
        for _ in range(5):
            s, e = torch.cuda.Event(True), torch.cuda.Event(True); s.record(); f(); e.record(); torch.cuda.synchronize(); ms.append(s.elapsed_time(e))
        print(f"torch {torch.__version__} {name} block, {label}, {N} + {T} tokens: median {sorted(ms)[2]:.1f} ms ({min(ms):.1f} to {max(ms):.1f})", flush=True)
    del b; torch.cuda.empty_cache()
