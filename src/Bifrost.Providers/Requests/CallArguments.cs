using System.Buffers;
using Bifrost.Chat.Json;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Requests;

/// <summary>The arguments of a call: a text of JSON in a request, the object itself at providers of other dialects.</summary>
internal static class CallArguments
{
    private const string Why = "arguments must be a JSON object written as a string";

    public static void Write(ref JsonSink to, ReadOnlySpan<byte> arguments, string param, MapFindings findings)
    {
        if (JsonText.IsObject(arguments))
        {
            to.Raw(arguments);
            return;
        }

        if (arguments.IsEmpty || JsonText.IsBlank(arguments))
        {
            to.Raw("{}"u8);
            return;
        }

        if (!JsonText.TryUnescape(arguments, out var rented, out var length))
        {
            findings.Refuse(param, Why);
            return;
        }

        var json = rented.AsSpan(0, length);
        if (JsonText.IsWholeObject(json)) to.Raw(json);
        else findings.Refuse(param, Why);
        ArrayPool<byte>.Shared.Return(rented);
    }
}
