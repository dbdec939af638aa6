using System.Text.Json;
using System.Text.Json.Serialization;

namespace Platform.Benchmarks;

/// <summary>One printed figure: <c>{"name", "value", "unit", "settings": {…}}</c>.</summary>
internal sealed record Measurement(string Name, double Value, string Unit, IReadOnlyDictionary<string, object> Settings)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Prints it as one line.</summary>
    public void Print() => Console.WriteLine(JsonSerializer.Serialize(this, Json));
}
