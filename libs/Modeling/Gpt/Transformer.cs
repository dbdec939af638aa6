using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Embeddings, blocks and the last layer norm: the state dict's <c>transformer.</c></summary>
internal sealed class Transformer : nn.Module
{
    private readonly Embedding wte; // (Vp, C), also the head
    private readonly Embedding wpe; // (block_size, C)
    private readonly ModuleList<Block> h;
    private readonly LayerNorm ln_f;

    public Transformer(GptConfig config, Device device)
        : base(nameof(Transformer))
    {
        wte = new Embedding(config.PaddedVocabSize, config.NEmbd, device);
        wpe = new Embedding(config.BlockSize, config.NEmbd, device);
        h = new ModuleList<Block>(
            [.. Enumerable.Range(0, config.NLayer).Select(layer => new Block(config, layer, device))]);
        ln_f = new LayerNorm(config, device);
        Blocks = [.. h];
        RegisterComponents();
    }

    public Embedding TokenEmbedding => wte;

    public Embedding PositionEmbedding => wpe;

    public LayerNorm FinalNorm => ln_f;

    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>From the sum of the embeddings to the states before the head.</summary>
    public Tensor Forward(Tensor x, ForwardPass pass) // (N, C) → (N, C)
    {
        x = pass.Drop(x);
        foreach (var block in Blocks)
            x = block.Forward(x, pass);
        return LastNorm(x, pass);
    }

    /// <summary>The last step alone.</summary>
    public Tensor LastNorm(Tensor x, ForwardPass pass) => ln_f.Forward(x, pass.Type); // (N, C)
}
