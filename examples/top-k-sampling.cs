#:project ../libs/Modeling/Modeling.csproj

// Top-k sampling: the k likeliest tokens, their probabilities made to sum to 1, and a draw among them.
//
//     dotnet run examples/top-k-sampling.cs

using System.Globalization;
using Platform.Modeling;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int Draws = 100_000;
const int Seed = 42;

// What a model might say after "The cat sat on the".
string[] words = [" mat", " floor", " bed", " roof", " table", " moon", " idea", " of"];
float[] logits = [4.1f, 3.6f, 3.2f, 2.4f, 2.2f, 0.3f, -1.0f, -2.5f];

var worst = 0.0;
foreach (var (k, temperature) in (ReadOnlySpan<(int, double)>)[(0, 1.0), (5, 1.0), (3, 1.0), (3, 0.5), (1, 1.0)])
{
    var options = new SamplingOptions { TopK = k, Temperature = temperature, Seed = Seed };
    var counts = new int[words.Length];
    // A draw depends on the seed and its position alone, so that a text can be had again.
    for (var position = 0; position < Draws; position++)
        counts[Sampler.Next(logits, options, position)]++;

    var expected = Probabilities(k, temperature);
    Console.WriteLine($"k = {(k == 0 ? "all" : k)}, temperature {temperature}:");
    for (var id = 0; id < words.Length; id++)
    {
        var drawn = (double)counts[id] / Draws;
        worst = Math.Max(worst, Math.Abs(drawn - expected[id]));
        if (counts[id] > 0)
            Console.WriteLine($"  {words[id],-7} computed {expected[id],6:P1}  drawn {drawn,6:P1}  {Bar(drawn)}");
    }

    Console.WriteLine();
}

var line = string.Concat(Enumerable.Range(0, 12).Select(
    position => words[Sampler.Next(logits, new SamplingOptions { TopK = 3, Seed = Seed }, position)]));
Console.WriteLine($"Seed {Seed}, whenever it is run:{line}");
Console.WriteLine($"Largest difference between computed and drawn shares: {worst:P2} of {Draws:N0} draws.");
return worst < 0.01 ? 0 : 1;

double[] Probabilities(int k, double temperature)
{
    var least = k == 0 ? float.NegativeInfinity : logits.OrderDescending().ElementAt(k - 1);
    var weights = logits.Select(logit => logit < least ? 0 : Math.Exp(logit / temperature)).ToArray();
    return [.. weights.Select(weight => weight / weights.Sum())];
}

static string Bar(double share) => new('#', (int)Math.Round(40 * share));
