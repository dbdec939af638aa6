using Grpc.Core;
using Platform.Contracts.Trainer.V1;

namespace Platform.FakeSuite.Services;

internal sealed class FakeExports(World world) : ExportService.ExportServiceBase
{
    public override async Task ExportModel(
        ExportModelRequest request, IServerStreamWriter<ExportModelResponse> responseStream, ServerCallContext context)
    {
        var folder = "/data/exports/" + (request.ExportId.Length > 0 ? request.ExportId : "chosen");
        if (world.Exports.Contains(folder))
            throw new RpcException(new(StatusCode.AlreadyExists, $"{folder} exists already."));
        await responseStream.WriteAsync(new() { Message = "Writing", Fraction = 0.5 }, context.CancellationToken);
        world.Change(() => world.Exports.Add(folder));
        await responseStream.WriteAsync(
            new()
            {
                Message = "Exported",
                Fraction = 1,
                Folder = folder,
                Files = { request.Format.ToString() + ".file" },
            },
            context.CancellationToken);
    }
}
