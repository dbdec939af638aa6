using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;

namespace Platform.Workspaces;

/// <summary>
/// Appends JSON objects to a line file, one write a line with O_APPEND, so that two processes may append to the same
/// file. One thread at a time appends.
/// </summary>
public sealed class JsonLinesWriter : IDisposable
{
    private readonly FileStream _stream;
    private readonly SafeFileHandle _handle;

    /// <summary>Opens the file, makes it if need be, and ends a torn last line.</summary>
    public JsonLinesWriter(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        // On Unix .NET's FileMode.Append seeks to the end once; two writers would then overwrite each other. A handle
        // opened with O_APPEND always writes at the end.
        _stream = AppendFile.Open(path);
        _handle = _stream.SafeFileHandle;
        if (AppendFile.EndsInTornLine(path))
            _stream.Write("\n"u8);
    }

    /// <summary>Appends one object; it is with the operating system when the call returns.</summary>
    public void Append(JsonObject record)
    {
        var line = Encoding.UTF8.GetBytes(record.ToJsonString(WorkspaceJson.Line) + "\n");
        _stream.Write(line);
    }

    /// <summary>Appends one object of a type with JSON properties in snake_case.</summary>
    public void Append<T>(T record)
        where T : notnull
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(record, WorkspaceJson.Line);
        Array.Resize(ref json, json.Length + 1);
        json[^1] = (byte)'\n';
        _stream.Write(json);
    }

    /// <summary>Waits until everything appended is on the disk; on any thread, while another appends.</summary>
    public void FlushToDisk() => RandomAccess.FlushToDisk(_handle);

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
