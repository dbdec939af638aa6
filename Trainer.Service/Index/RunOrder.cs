using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Index;

/// <summary>The order of ListRuns: a column, ties by id, runs without a value last.</summary>
/// <param name="Text">What the caller wrote, for page tokens.</param>
/// <param name="Key">An SQL expression that is never null.</param>
/// <param name="Falling">Whether high values come first.</param>
internal sealed record RunOrder(string Text, string Key, bool Falling)
{
    private const string Default = "create_time desc";

    private static readonly string[] s_columns =
    [
        "create_time", "start_time", "end_time", "display_name", "state", "step", "tokens", "tokens_per_second",
        "train_loss", "validation_loss", "best_validation_loss", "dataset",
    ];

    /// <summary>The ORDER BY clause's content.</summary>
    public string Sql => Falling ? $"{Key} DESC, id" : $"{Key}, id";

    /// <summary>The condition that holds for what comes behind @key and @id.</summary>
    public string BehindSql => $"({Key} {(Falling ? '<' : '>')} @key OR ({Key} = @key AND id > @id))";

    /// <summary>Reads <c>column</c> or <c>column desc</c>.</summary>
    /// <exception cref="InvalidArgumentException">There is no such column.</exception>
    public static RunOrder Parse(string text)
    {
        var order = string.IsNullOrWhiteSpace(text) ? Default : text;
        var words = order.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!s_columns.Contains(words[0]) || words is not ([_] or [_, "asc" or "desc"]))
        {
            throw new InvalidArgumentException(
                "order_by", $"'{text}' is not one of {string.Join(", ", s_columns)}, with ' desc' behind or without.");
        }

        var falling = words is [_, "desc"];
        // Infinity sorts behind everything, in front of everything when negative.
        var missing = falling ? "-9e999" : "9e999";
        var key = words[0] switch
        {
            // What people see: a run without a name of its own goes by its id.
            "display_name" => "lower(CASE display_name WHEN '' THEN id ELSE display_name END)",
            "create_time" or "state" or "step" or "tokens" or "dataset" => words[0],
            var column => $"coalesce({column}, {missing})",
        };
        return new RunOrder(string.Join(' ', words), key, falling);
    }

    /// <summary>A token for what comes behind a row.</summary>
    public string CreateToken(string filter, object key, string id)
    {
        var json = new JsonObject
        {
            ["q"] = Text + "\n" + filter,
            ["k"] = key switch
            {
                double number => number.ToString("R", CultureInfo.InvariantCulture),
                var other => Convert.ToString(other, CultureInfo.InvariantCulture),
            },
            ["t"] = key switch { double => "r", long => "i", _ => "s" },
            ["i"] = id,
        };
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
    }

    /// <summary>The row's key and id that a token stands for.</summary>
    /// <exception cref="InvalidArgumentException">It is none, or of another filter or order.</exception>
    public (object Key, string Id) ReadToken(string token, string filter)
    {
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(token));
            var root = json.RootElement;
            if (root.GetProperty("q").GetString() == Text + "\n" + filter)
            {
                var key = root.GetProperty("k").GetString()!;
                object value = root.GetProperty("t").GetString() switch
                {
                    "r" => double.Parse(key, CultureInfo.InvariantCulture),
                    "i" => long.Parse(key, CultureInfo.InvariantCulture),
                    _ => key,
                };
                return (value, root.GetProperty("i").GetString()!);
            }
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException
            or KeyNotFoundException)
        {
            throw new InvalidArgumentException("page_token", "Not a token from an earlier answer.");
        }

        throw new InvalidArgumentException("page_token", "It comes from another filter or order.");
    }
}
