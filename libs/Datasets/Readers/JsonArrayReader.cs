using System.Text.Json;
using System.Text.Json.Nodes;

namespace Platform.Datasets.Readers;

/// <summary>Reads the elements of one JSON array one by one, each with the line that it begins on; the file need not
/// fit into memory, the longest element must.</summary>
internal sealed class JsonArrayReader(string name, Stream stream)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _begin;
    private int _end;
    private long _line = 1;
    private bool _isFinal;
    private JsonReaderState _state;

    /// <summary>What was found last; null at the array's end.</summary>
    private SourceRecord? _found;

    public IEnumerable<SourceRecord> Read()
    {
        if (!Advance(static (ref Utf8JsonReader reader, JsonArrayReader _) => reader.Read()))
        {
            if (_end > _begin)
                throw Broken("it ends too early");
            yield break;
        }

        if (!_opened)
            throw Broken("it does not begin with '['");
        while (true)
        {
            if (!Advance(static (ref Utf8JsonReader reader, JsonArrayReader array) => array.TryElement(ref reader)))
                throw Broken("it ends too early");
            if (_found is not { } found)
                break;
            yield return found;
        }

        if (Advance(static (ref Utf8JsonReader reader, JsonArrayReader _) => reader.Read()))
            throw Broken("something follows the array");
    }

    private bool _opened;

    private delegate bool Step(ref Utf8JsonReader reader, JsonArrayReader array);

    /// <summary>Takes a step as soon as enough of the file is in memory for it.</summary>
    private bool Advance(Step step)
    {
        while (true)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_begin, _end - _begin), _isFinal, _state);
            try
            {
                if (step(ref reader, this))
                {
                    _opened |= reader.TokenType == JsonTokenType.StartArray;
                    Consume((int)reader.BytesConsumed);
                    _state = reader.CurrentState;
                    return true;
                }
            }
            catch (JsonException e)
            {
                throw new MalformedInputException(
                    name, LineAt(reader.BytesConsumed), $"no valid array of objects: {JsonRecords.Reason(e)}", e);
            }

            if (_isFinal)
                return false;
            Fill();
        }
    }

    private bool TryElement(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return false;
        if (reader.TokenType == JsonTokenType.EndArray)
        {
            _found = null;
            return true;
        }

        var line = LineAt(reader.TokenStartIndex);
        var rest = reader;
        if (!rest.TrySkip())
            return false;
        _found = JsonRecords.Checked(name, line, JsonNode.Parse(ref reader));
        return true;
    }

    private long LineAt(long consumed) => _line + _buffer.AsSpan(_begin, (int)consumed).Count((byte)'\n');

    private MalformedInputException Broken(string problem) =>
        new(name, LineAt(_end - _begin), $"no valid array of objects: {problem}");

    private void Consume(int bytes)
    {
        _line = LineAt(bytes);
        _begin += bytes;
    }

    private void Fill()
    {
        _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
        _end -= _begin;
        _begin = 0;
        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= SourceLines.MaxLineBytes)
                throw new MalformedInputException(name, _line, $"an element is longer than {_buffer.Length} bytes");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = stream.Read(_buffer.AsSpan(_end));
        _end += read;
        _isFinal = read == 0;
    }
}
