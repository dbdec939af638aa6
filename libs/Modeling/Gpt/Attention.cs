using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Causal multi-head self-attention.</summary>
internal sealed class Attention : nn.Module
{
    private readonly Linear c_attn; // queries, keys and values in one product
    private readonly Linear c_proj;
    private readonly int _heads;
    private readonly int _headSize;
    private readonly int _layer;

    public Attention(GptConfig config, int layer, Device device)
        : base(nameof(Attention))
    {
        c_attn = new Linear(config.NEmbd, 3 * config.NEmbd, config.Bias, device);
        c_proj = new Linear(config.NEmbd, config.NEmbd, config.Bias, device);
        _heads = config.NHead;
        _headSize = config.HeadSize;
        _layer = layer;
        RegisterComponents();
    }

    public Linear Projections => c_attn;

    public Linear Output => c_proj;

    // N = B·T; with a cache, those of them that are no padding.
    public Tensor Forward(Tensor x, ForwardPass pass) // (N, C)
    {
        var (b, t) = (pass.Batch, pass.Time);
        var qkv = c_attn.Forward(x, pass); // (N, 3C)
        if (pass.Cached is not null)
            qkv = pass.Cached.Unpack(qkv); // (B·T, 3C)
        var parts = qkv.view(b, t, 3, _heads, _headSize) // (B, T, 3, nh, hs)
            .permute(2, 0, 3, 1, 4) // (3, B, nh, T, hs)
            .unbind(0); // 3 × (B, nh, T, hs)
        var y = pass switch
        {
            { Cached: { } cached } => cached.Attend(_layer, parts[0], parts[1], parts[2]),
            { Dropout: > 0 } => AttendWithDropout(parts[0], parts[1], parts[2], pass),
            _ => nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: true),
        }; // (B, nh, T, hs)
        y = y.transpose(1, 2).reshape(b * t, _heads * _headSize); // (N, C)
        if (pass.Cached is not null)
            y = pass.Cached.Pack(y); // (N, C)
        return pass.Drop(c_proj.Forward(y, pass)); // (N, C)
    }

    // Written out, because the fused kernel draws its dropout from the global generator, which cannot be resumed per
    // run.
    private static Tensor AttendWithDropout(Tensor q, Tensor k, Tensor v, ForwardPass pass)
    {
        var t = pass.Time;
        using var future = ones(t, t, dtype: ScalarType.Bool, device: q.device).triu_(1); // (T, T)
        var scores = q.matmul(k.transpose(-2, -1)).Over(Math.Sqrt(q.shape[3])); // (B, nh, T, T)
        var weights = scores.MaskedWith(future, double.NegativeInfinity)
            .softmax(-1, ScalarType.Float32)
            .to(pass.Type); // (B, nh, T, T)
        return pass.Drop(weights).matmul(v); // (B, nh, T, hs)
    }
}
