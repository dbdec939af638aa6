using Google.Protobuf;
using Grpc.Core;
using Platform.Contracts.Inference.V1;
using Platform.InferenceHost.Models;
using Platform.Models;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Grpc;

/// <summary>Checks requests, calls, maps.</summary>
internal sealed class VocabularyGrpcService(ModelResolver models) : VocabularyService.VocabularyServiceBase
{
    private const int DefaultCount = 20;
    private const int MaxCount = 1000;

    public override async Task<FindUntrainedTokensResponse> FindUntrainedTokens(
        FindUntrainedTokensRequest request, ServerCallContext context)
    {
        if (request.Count is < 0 or > MaxCount)
            throw new InvalidArgumentException("count", $"From 0 to {MaxCount}; not {request.Count}.");
        var found = EmbeddingNorms.Read(
            await models.ResolveAsync(request.Model, "model", context.CancellationToken));
        // Ids that the vocabulary leaves out have embeddings too, which tell nothing.
        var ids = Enumerable.Range(0, found.Norms.Length).Where(found.Tokenizer.IsToken).ToArray();
        var mean = ids.Average(id => found.Norms[id]);
        var deviation = Math.Sqrt(ids.Average(id => Math.Pow(found.Norms[id] - mean, 2)));
        var response = new FindUntrainedTokensResponse
        {
            TokenCount = ids.Length,
            MeanNorm = mean,
            NormStandardDeviation = deviation,
        };
        response.Tokens.AddRange(ids
            .OrderBy(id => found.Norms[id])
            .Take(request.Count == 0 ? DefaultCount : request.Count)
            .Select(id => new TokenEmbedding
            {
                Id = id,
                Bytes = ByteString.CopyFrom(found.Tokenizer.TokenBytes(id)),
                Norm = found.Norms[id],
                ZScore = deviation > 0 ? (found.Norms[id] - mean) / deviation : 0,
                MeanDistance = found.MeanDistances[id],
            }));
        return response;
    }
}
