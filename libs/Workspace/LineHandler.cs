namespace Platform.Workspaces;

/// <summary>
/// Takes one line of a file, in UTF-8 without its line feed; the bytes are valid only during the call.
/// </summary>
public delegate void LineHandler(ReadOnlySpan<byte> line);
