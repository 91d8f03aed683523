using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Limits;
using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Errors;
using Bifrost.Jobs.Contracts;

namespace Bifrost.Jobs.Runner;

/// <summary>What a waiting client would have got, as it is kept: status, body, and the answer's own headers (contract section 4).</summary>
internal static class JobAnswers
{
    public static JobOutcome Of(ChatBody body)
    {
        // The answer's own bytes are given back before the outcome is told.
        var copy = LargeArrays.Take(body.Json.Length);
        body.Json.CopyTo(copy);
        return new JobOutcome { StatusCode = 200, Body = copy, Headers = Headers(body.Info) };
    }

    public static JobOutcome Of(GatewayError error, ResponseInfo info)
    {
        var json = new ArrayBufferWriter<byte>();
        ErrorWriter.Write(json, error);
        return new JobOutcome { StatusCode = error.Status, Body = json.WrittenMemory, Headers = Headers(info) };
    }

    private static ImmutableArray<Header> Headers(ResponseInfo info)
    {
        if (info.Provider is not { } provider) return [];
        var headers = ImmutableArray.CreateBuilder<Header>(5);
        headers.Add(new Header("x-bifrost-provider", provider));
        headers.Add(new Header("x-bifrost-resolved-model", HeaderText(info.ResolvedModel ?? "")));
        headers.Add(new Header("x-bifrost-fallback-index", info.FallbackIndex.ToString(CultureInfo.InvariantCulture)));
        if (info.ProcessingMs is { Length: > 0 and <= 64 } processing) headers.Add(new Header("openai-processing-ms", HeaderText(processing)));
        if (info.OutputClamped is { } clamped) headers.Add(new Header("x-bf-output-clamped", clamped.ToString(CultureInfo.InvariantCulture)));
        return headers.DrainToImmutable();
    }

    /// <summary>A model's name is the caller's text: what a header cannot carry becomes '?'.</summary>
    private static string HeaderText(string text) =>
        text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? string.Concat(text.Select(static c => c is >= ' ' and <= '~' ? c : '?')) : text;
}
