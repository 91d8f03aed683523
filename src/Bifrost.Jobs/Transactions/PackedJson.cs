using Bifrost.Jobs.Rules;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bifrost.Calls.Contracts;
using Bifrost.Jobs.Contracts;

namespace Bifrost.Jobs.Transactions;

/// <summary>The small parts of a job that are kept as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(JobCall))]
[JsonSerializable(typeof(ImmutableArray<Header>))]
internal sealed partial class PackedJson : JsonSerializerContext
{
    public static string Of(JobCall call) => JsonSerializer.Serialize(call, Default.JobCall);

    public static string Of(ImmutableArray<Header> headers) => headers.IsDefaultOrEmpty
        ? "[]"
        : JsonSerializer.Serialize(headers, Default.ImmutableArrayHeader);

    public static JobCall Call(string json)
    {
        var call = JsonSerializer.Deserialize(json, Default.JobCall)!;
        return call.Headers.IsDefault ? call with { Headers = [] } : call;
    }

    public static ImmutableArray<Header> Headers(string json) => JsonSerializer.Deserialize(json, Default.ImmutableArrayHeader);
}
