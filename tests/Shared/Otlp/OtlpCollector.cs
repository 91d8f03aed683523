using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bifrost.Testing;

/// <summary>A collector of OpenTelemetry's protocol over HTTP that keeps what it gets.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, byte[] Body, string? Key)> _received = new();

    private OtlpCollector(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>The header <c>x-key</c> of every request.</summary>
    public IEnumerable<string?> Keys => _received.Select(static one => one.Key);

    public IReadOnlyList<OtlpSpan> Spans => [.. Of("/v1/traces").SelectMany(static body => ProtoFields.Below(body, 1, 2, 2)).Select(OtlpSpan.Read)];

    public IReadOnlyCollection<string> MetricNames =>
        [.. Of("/v1/metrics").SelectMany(static body => ProtoFields.Below(body, 1, 2, 2, 1)).Select(static name => Encoding.UTF8.GetString(name.Span)).Distinct()];

    /// <summary>Each log record with its text and attributes.</summary>
    public IReadOnlyList<(string Text, IReadOnlyDictionary<string, string> Attributes)> Logs =>
    [
        .. Of("/v1/logs").SelectMany(static body => ProtoFields.Below(body, 1, 2, 2)).Select(static record =>
            (string.Concat(ProtoFields.Below(record, 5, 1).Select(static text => Encoding.UTF8.GetString(text.Span))), OtlpSpan.Attributes(record, 6))),
    ];

    /// <summary>All that came, as text: what must not stand there is looked for in it.</summary>
    public string Everything => string.Concat(_received.Select(static one => Encoding.Latin1.GetString(one.Body)));

    public static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var collector = new OtlpCollector(app);
        app.Run(collector.KeepAsync);
        await app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IEnumerable<byte[]> Of(string path) => _received.Where(one => one.Path == path).Select(static one => one.Body);

    private async Task KeepAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _received.Enqueue((context.Request.Path, body.ToArray(), context.Request.Headers["x-key"]));
        context.Response.ContentType = "application/x-protobuf";
    }
}

/// <summary>A span as it was exported.</summary>
internal sealed record OtlpSpan(
    string TraceId, string Id, string ParentId, string Name, ulong Kind, ulong Start, ulong End, IReadOnlyDictionary<string, string> Tags, IReadOnlyList<string> Links)
{
    public static OtlpSpan Read(ReadOnlyMemory<byte> span)
    {
        var fields = ProtoFields.Of(span).ToLookup(static field => field.Field);
        return new OtlpSpan(
            Hex(fields[1]), Hex(fields[2]), Hex(fields[4]), Encoding.UTF8.GetString(fields[5].First().Bytes.Span), fields[6].FirstOrDefault().Number,
            fields[7].First().Number, fields[8].First().Number, Attributes(span, 9),
            [.. ProtoFields.Below(span, 13).Select(static link => $"{HexOf(link, 1)}-{HexOf(link, 2)}")]);
    }

    public static IReadOnlyDictionary<string, string> Attributes(ReadOnlyMemory<byte> message, int field) => ProtoFields.Below(message, field)
        .ToDictionary(static pair => Encoding.UTF8.GetString(ProtoFields.Below(pair, 1).First().Span), static pair => ValueOf(ProtoFields.Below(pair, 2).First()));

    private static string ValueOf(ReadOnlyMemory<byte> value)
    {
        var (field, number, bytes) = ProtoFields.Of(value).FirstOrDefault();
        return field == 1 ? Encoding.UTF8.GetString(bytes.Span) : number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string HexOf(ReadOnlyMemory<byte> message, int field) => Hex(ProtoFields.Of(message).Where(one => one.Field == field));

    private static string Hex(IEnumerable<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> field) =>
        Convert.ToHexStringLower(field.FirstOrDefault().Bytes.Span);
}
