using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Platform.TrainerHost.Runs;

/// <summary>One line of <c>metrics.jsonl</c>, read without garbage: a run has hundreds of thousands.</summary>
/// <remarks>An object is used again and again; what it holds is valid until the next <see cref="TryRead"/>.</remarks>
internal sealed class MetricLine
{
    private const double NotMeasured = double.NaN;

    private readonly List<(string Series, double Value)> _values = [];
    private readonly List<(byte[] Utf8, string Name)> _names = [];

    /// <summary>When it was written.</summary>
    public DateTime Time { get; private set; }

    /// <summary>The attempt that wrote it, from 1.</summary>
    public int Attempt { get; private set; }

    /// <summary>Optimizer steps done.</summary>
    public long Step { get; private set; }

    /// <summary>Tokens trained on; NaN where the line does not tell.</summary>
    public double Tokens { get; private set; }

    /// <summary>The series that were measured, <c>tokens</c> among them.</summary>
    public IReadOnlyList<(string Series, double Value)> Values => _values;

    /// <summary>A series' value; null where it was not measured.</summary>
    public double? this[string series]
    {
        get
        {
            foreach (var (name, value) in _values)
            {
                if (name == series)
                    return value;
            }

            return null;
        }
    }

    /// <summary>Reads a line.</summary>
    /// <returns>False for a line that is no JSON object or has no step: torn by a kill.</returns>
    public bool TryRead(ReadOnlySpan<byte> line)
    {
        _values.Clear();
        (Time, Attempt, Step, Tokens) = (default, 1, -1, NotMeasured);
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                ReadProperty(ref reader);
            return reader.TokenType == JsonTokenType.EndObject && Step >= 0;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    private void ReadProperty(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("time"u8))
        {
            reader.Read();
            Time = reader.GetDateTimeOffset().UtcDateTime;
        }
        else if (reader.ValueTextEquals("attempt"u8))
        {
            reader.Read();
            Attempt = reader.GetInt32();
        }
        else if (reader.ValueTextEquals("step"u8))
        {
            reader.Read();
            Step = reader.GetInt64();
        }
        else
        {
            var name = NameOf(reader.ValueSpan);
            reader.Read();
            if (ReadNumber(ref reader) is { } value)
            {
                _values.Add((name, value));
                if (name == "tokens")
                    Tokens = value;
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static double? ReadNumber(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number when Utf8Parser.TryParse(reader.ValueSpan, out double value, out _) => value,
        JsonTokenType.String when reader.ValueTextEquals("NaN"u8) => double.NaN,
        JsonTokenType.String when reader.ValueTextEquals("Infinity"u8) => double.PositiveInfinity,
        JsonTokenType.String when reader.ValueTextEquals("-Infinity"u8) => double.NegativeInfinity,
        _ => null,
    };

    private string NameOf(ReadOnlySpan<byte> utf8)
    {
        foreach (var (known, name) in _names)
        {
            if (utf8.SequenceEqual(known))
                return name;
        }

        var added = Encoding.UTF8.GetString(utf8);
        _names.Add((utf8.ToArray(), added));
        return added;
    }
}
