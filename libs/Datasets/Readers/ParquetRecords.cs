using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace Platform.Datasets.Readers;

/// <summary>
/// Reads the rows of a parquet file as records: columns of texts, numbers and truth values, inside structs under
/// their path with dots (<c>translation.en</c>), and lists of these. Lists of lists and maps are left out. One row
/// group is in memory at a time.
/// </summary>
internal static class ParquetRecords
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    public static IEnumerable<SourceRecord> Read(SourceFile file, Action<long>? onRead)
    {
        using var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length == 0)
            yield break;
        using var reader = new Disposing(Guard(file, () => ParquetReader.CreateAsync(stream)));
        var columns = reader.Value.Schema.GetDataFields().Where(IsReadable).ToList();
        var row = 0L;
        for (var group = 0; group < reader.Value.RowGroupCount; group++)
        {
            using var rows = reader.Value.OpenRowGroupReader(group);
            var count = (int)rows.RowCount;
            var values = columns
                .Select(column => (Name: NameOf(column), Of: Column(file, rows, column, count))).ToList();
            for (var i = 0; i < count; i++)
            {
                var record = new JsonObject();
                MalformedInputException? problem = null;
                foreach (var (name, of) in values)
                {
                    try
                    {
                        record[name] = of(i);
                    }
                    catch (Exception e) when (e is DecoderFallbackException or InvalidDataException)
                    {
                        problem = new MalformedInputException(
                            file.Name, 0, $"row {row + i + 1}: the column '{name}' cannot be read: {e.Message}", e);
                    }
                }

                yield return problem is null ? new SourceRecord(0, record) : SourceRecord.Bad(problem);
            }

            row += count;
            onRead?.Invoke(file.SizeBytes * (group + 1) / reader.Value.RowGroupCount
                - file.SizeBytes * group / reader.Value.RowGroupCount);
        }
    }

    private static bool IsReadable(DataField column) => column.MaxRepetitionLevel == 0
        || (column.MaxRepetitionLevel == 1
            && !column.Path.ToString().Contains("/key_value/", StringComparison.Ordinal));

    private static string NameOf(DataField column)
    {
        var parts = column.Path.ToString().Split('/');
        // A list's column ends in two names of its own: list/element, list/item, bag/array.
        return string.Join('.', column.MaxRepetitionLevel > 0 && parts.Length > 2 ? parts[..^2] : parts);
    }

    /// <summary>A column's values by row. One that this program cannot decode says so for the rows that are asked for,
    /// so that the others can be read without it.</summary>
    private static Func<int, JsonNode?> Column(
        SourceFile file, ParquetRowGroupReader rows, DataField column, int count)
    {
        RawColumnData raw;
        try
        {
            raw = Guard(file, () => rows.ReadRawColumnDataBaseAsync(column).AsTask());
        }
        catch (MalformedInputException) when (!IsText(column))
        {
            // Only texts are promised; a number in a rare encoding must not cost the text beside it.
            return _ => null;
        }

        using (raw)
        {
            return raw switch
            {
                RawColumnData<ReadOnlyMemory<char>> text =>
                    Of(text, column, count, value => JsonValue.Create(value.ToString())),
                RawColumnData<ReadOnlyMemory<byte>> bytes =>
                    Of(bytes, column, count, value => JsonValue.Create(s_strict.GetString(value.Span))),
                RawColumnData<bool> truth => Of(truth, column, count, value => JsonValue.Create(value)),
                RawColumnData<int> number => Of(number, column, count, value => JsonValue.Create(value)),
                RawColumnData<long> number => Of(number, column, count, value => JsonValue.Create(value)),
                RawColumnData<ulong> number => Of(number, column, count, value => JsonValue.Create(value)),
                RawColumnData<float> number => Of(number, column, count, value => Finite(value)),
                RawColumnData<double> number => Of(number, column, count, value => Finite(value)),
                _ => _ => null,
            };
        }
    }

    private static JsonValue Finite(double value) => double.IsFinite(value)
        ? JsonValue.Create(value)
        : JsonValue.Create(value.ToString(CultureInfo.InvariantCulture));

    private static bool IsText(DataField column) =>
        column.ClrType == typeof(ReadOnlyMemory<char>) || column.ClrType == typeof(string);

    /// <summary>Copies the values out of the library's rented memory; a null takes no value.</summary>
    private static Func<int, JsonNode?> Of<T>(
        RawColumnData<T> raw, DataField column, int count, Func<T, JsonNode?> convert)
        where T : struct
    {
        var values = raw.Values.ToArray();
        if (column.MaxRepetitionLevel > 0)
            return Lists(raw, column, count, values, convert);
        if (column.MaxDefinitionLevel == 0)
            return row => convert(values[row]);
        var levels = raw.DefinitionLevels;
        var indexes = new int[count];
        var next = 0;
        for (var i = 0; i < count; i++)
            indexes[i] = levels.Length == 0 || levels[i] == column.MaxDefinitionLevel ? next++ : -1;
        return row => indexes[row] < 0 ? null : convert(values[indexes[row]]);
    }

    private static Func<int, JsonNode?> Lists<T>(
        RawColumnData<T> raw, DataField column, int count, T[] values, Func<T, JsonNode?> convert)
        where T : struct
    {
        var (levels, repeats) = (raw.DefinitionLevels.ToArray(), raw.RepetitionLevels.ToArray());
        var begins = new int[count + 1];
        var row = -1;
        for (var i = 0; i < repeats.Length; i++)
        {
            if (repeats[i] == 0)
                begins[++row] = i;
        }

        begins[count] = repeats.Length;
        var indexes = new int[repeats.Length];
        var next = 0;
        for (var i = 0; i < indexes.Length; i++)
            indexes[i] = levels.Length == 0 || levels[i] == column.MaxDefinitionLevel ? next++ : -1;
        return at => new JsonArray(
        [
            .. indexes[begins[at]..begins[at + 1]].Where(index => index >= 0).Select(index => convert(values[index])),
        ]);
    }

    /// <summary>Whatever the library throws about a file's content is the file's fault.</summary>
    private static T Guard<T>(SourceFile file, Func<Task<T>> read)
    {
        try
        {
            return read().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new MalformedInputException(
                file.Name,
                0,
                $"the parquet file is truncated, damaged or of an unknown kind ({e.Message.TrimEnd('.')})",
                e);
        }
    }

    /// <summary>The reader can only be disposed asynchronously, and nothing here waits for anything but the disk.
    /// </summary>
    private sealed class Disposing(ParquetReader value) : IDisposable
    {
        public ParquetReader Value { get; } = value;

        public void Dispose() => Value.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
