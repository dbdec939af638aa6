using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Platform.Cli.Output;
using Platform.Contracts.Tokenizer.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary>Brings local files to the suite.</summary>
internal static class Uploads
{
    /// <summary>Bytes sent in one message.</summary>
    public const int ChunkBytes = 512 * 1024;

    private static readonly string[] s_references = ["datasets/", "uploads/", "path:", "hf:", "catalog:"];

    /// <summary>Whether an input is of the suite's and no file here.</summary>
    public static bool IsReference(string input) =>
        s_references.Any(prefix => input.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>References as they are; every local file is uploaded and becomes <c>uploads/…</c>.</summary>
    public static async Task<IReadOnlyList<string>> ResolveAsync(
        CommandContext context, IReadOnlyList<string> inputs, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        foreach (var input in inputs)
        {
            names.Add(IsReference(input) ? input : (await SendAsync(context, input, cancellationToken)).Name);
        }

        return names;
    }

    /// <summary>Uploads one file, or a folder's texts as one file.</summary>
    /// <exception cref="SpecException">There is no such file.</exception>
    public static async Task<UploadFileResponse> SendAsync(
        CommandContext context, string path, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path))
            return await SendFolderAsync(context, path, cancellationToken);
        if (!File.Exists(path))
            throw new SpecException($"There is no file '{path}' here.");
        await using var file = File.OpenRead(path);
        return await SendAsync(context, file, Path.GetFileName(path), cancellationToken);
    }

    /// <summary>Ends a stream of messages and gives the server's answer.</summary>
    public static async Task<TResponse> FinishAsync<TRequest, TResponse>(
        AsyncClientStreamingCall<TRequest, TResponse> call)
    {
        try
        {
            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
            // The server ended the call early; its answer below says why.
        }

        return await call.ResponseAsync;
    }

    /// <summary>Sends one message of a stream.</summary>
    /// <returns>False where the server has ended the call; its answer says why.</returns>
    public static async Task<bool> WriteAsync<TRequest, TResponse>(
        AsyncClientStreamingCall<TRequest, TResponse> call, TRequest part)
    {
        try
        {
            await call.RequestStream.WriteAsync(part);
            return true;
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
            return false;
        }
    }

    private static async Task<UploadFileResponse> SendFolderAsync(
        CommandContext context, string folder, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, ChunkBytes,
            FileOptions.DeleteOnClose);
        await FolderOfTexts.WriteAsync(folder, file, cancellationToken);
        file.Position = 0;
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return await SendAsync(context, file, $"{name}.jsonl", cancellationToken);
    }

    private static async Task<UploadFileResponse> SendAsync(
        CommandContext context, FileStream file, string name, CancellationToken cancellationToken)
    {
        return await ProgressLine.RunAsync(context.Output, $"Uploading {name}", async report =>
        {
            using var call = context.Clients.Datasets.UploadFile(cancellationToken: cancellationToken);
            await WriteAsync(call, new UploadFileRequest
            {
                File = new FileDescription { FileName = name, SizeBytes = file.Length },
            });
            var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
            try
            {
                while (await file.ReadAsync(buffer.AsMemory(0, ChunkBytes), cancellationToken) is var read and > 0)
                {
                    if (!await WriteAsync(
                        call, new UploadFileRequest { Chunk = ByteString.CopyFrom(buffer.AsSpan(0, read)) }))
                    {
                        break;
                    }

                    report(file.Position / (double)Math.Max(1, file.Length), string.Empty);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            return await FinishAsync(call);
        });
    }
}
