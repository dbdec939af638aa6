using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.OpenAi;

/// <summary>Reads a request's members and names what is wrong with one. No member is dropped in silence.</summary>
internal sealed class RequestReader : IDisposable
{
    /// <summary>
    /// Bytes of a body at the most: many times what the longest context has room for, and just what does not ask for
    /// another, larger buffer.
    /// </summary>
    public const int MaxBodyBytes = (4 * 1024 * 1024) - 1;

    private const int FirstBytes = 16 * 1024;

    private readonly BodyMemory _memory;
    private readonly JsonDocument _document;
    private readonly byte[] _bytes; // the document's, of the pool
    private readonly int _held;
    private readonly HashSet<string> _read = [];

    private RequestReader(BodyMemory memory, JsonDocument document, byte[] bytes, int held) =>
        (_memory, _document, _bytes, _held) = (memory, document, bytes, held);

    /// <summary>Reads a request's body.</summary>
    /// <exception cref="BadHttpRequestException">It is longer than <see cref="MaxBodyBytes"/>.</exception>
    /// <exception cref="ResourceExhaustedException">Too much is being read already.</exception>
    /// <exception cref="InvalidArgumentException">It is no JSON object in UTF-8.</exception>
    public static async Task<RequestReader> OpenAsync(
        HttpRequest request, BodyMemory memory, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBodyBytes)
            throw TooLarge();
        var held = 0;
        var bytes = ArrayPool<byte>.Shared.Rent(FirstBytes);
        try
        {
            while (await request.Body.ReadAsync(bytes.AsMemory(held), cancellationToken) is > 0 and var count)
            {
                held += count;
                memory.Take(count);
                if (held > MaxBodyBytes)
                    throw TooLarge();
                if (held < bytes.Length)
                    continue;
                var larger = ArrayPool<byte>.Shared.Rent(2 * held);
                bytes.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(bytes);
                bytes = larger;
            }

            return new RequestReader(memory, Parse(bytes.AsMemory(0, held)), bytes, held);
        }
        catch
        {
            memory.Return(held);
            ArrayPool<byte>.Shared.Return(bytes);
            throw;
        }
    }

    /// <summary>A member; null where it is missing or null.</summary>
    public JsonElement? Find(string name)
    {
        _read.Add(name);
        return _document.RootElement.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;
    }

    /// <summary>A text.</summary>
    public string? Text(string name) => Find(name) is { } value ? Text(value, name) : null;

    /// <summary>A number.</summary>
    public double? Number(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value => value.GetDouble(),
        _ => throw new InvalidArgumentException(name, "must be a number."),
    };

    /// <summary>A whole number.</summary>
    public int? Whole(string name) => Find(name) is { } value ? Whole(value, name) : null;

    /// <summary>A whole number of 64 bits.</summary>
    public long? Long(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var number) => number,
        _ => throw new InvalidArgumentException(name, "must be a whole number."),
    };

    /// <summary>Yes or no; no where it is missing.</summary>
    public bool Flag(string name) => Find(name) switch
    {
        null or { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        _ => throw new InvalidArgumentException(name, "must be true or false."),
    };

    /// <summary>Members that change nothing here.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            _read.Add(name);
    }

    /// <summary>A member that would change the answer and is not supported, unless it asks for nothing.</summary>
    public void Refuse(string name, Func<JsonElement, bool> isHarmless)
    {
        if (Find(name) is { } value && !isHarmless(value))
            throw new InvalidArgumentException(name, "is not supported.");
    }

    /// <summary>Refuses what nothing has asked for.</summary>
    public void RefuseOthers()
    {
        foreach (var member in _document.RootElement.EnumerateObject())
        {
            if (!_read.Contains(member.Name))
                throw new InvalidArgumentException(member.Name, "Unrecognized request argument.");
        }
    }

    /// <summary>A text in a place.</summary>
    public static string Text(JsonElement value, string place)
    {
        try
        {
            if (value.ValueKind == JsonValueKind.String)
                return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new InvalidArgumentException(place, "is not valid Unicode: half of a surrogate pair.");
        }

        throw new InvalidArgumentException(place, "must be a string.");
    }

    /// <summary>A whole number in a place.</summary>
    public static int Whole(JsonElement value, string place) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : throw new InvalidArgumentException(place, "must be a whole number.");

    /// <inheritdoc/>
    public void Dispose()
    {
        _document.Dispose();
        ArrayPool<byte>.Shared.Return(_bytes);
        _memory.Return(_held);
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span))
            throw new InvalidArgumentException("body", "It is not valid UTF-8.");
        CheckNames(body.Span);
        var document = JsonDocument.Parse(body);
        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return document;
        document.Dispose();
        throw new InvalidArgumentException("body", "It must be a JSON object.");
    }

    // A name that is half of a surrogate pair would throw wherever another is looked up beside it.
    private static void CheckNames(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || !reader.ValueIsEscaped)
                continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException)
            {
                throw new InvalidArgumentException(
                    "body", "A member's name is not valid Unicode: half of a surrogate pair.");
            }
        }
    }

    private static BadHttpRequestException TooLarge() => new(
        string.Create(
            CultureInfo.InvariantCulture, $"The body may have {MaxBodyBytes} bytes at the most."),
        StatusCodes.Status413PayloadTooLarge);
}
