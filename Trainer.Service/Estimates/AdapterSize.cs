using Platform.Modeling;

namespace Platform.TrainerHost.Estimates;

/// <summary>How many parameters an adapter trains, without making it.</summary>
internal static class AdapterSize
{
    /// <summary>
    /// The adapter's matrices on the linear layers of GPT-2 that it targets, and the biases it trains.
    /// </summary>
    public static long Of(GptConfig config, LoraConfig lora)
    {
        long c = config.NEmbd;
        (string Name, long In, long Out)[] layers =
            [("attn.c_attn", c, 3 * c), ("attn.c_proj", c, c), ("mlp.c_fc", c, 4 * c), ("mlp.c_proj", 4 * c, c)];
        var count = 0L;
        for (var block = 0; block < config.NLayer; block++)
        {
            foreach (var (name, inputs, outputs) in layers)
            {
                var targeted = lora.Matches(string.Create(
                    System.Globalization.CultureInfo.InvariantCulture, $"transformer.h.{block}.{name}"));
                if (targeted)
                    count += lora.Rank * (inputs + outputs);
                if (config.Bias && (lora.Bias == LoraBias.All || (targeted && lora.Bias == LoraBias.LoraOnly)))
                    count += outputs;
            }

            if (config.Bias && lora.Bias == LoraBias.All)
                count += 2 * c;
        }

        return count + (config.Bias && lora.Bias == LoraBias.All ? c : 0);
    }
}
