using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bifrost.Cli.Jobs;

/// <summary>
/// The answers, one JSON object a line in the form of OpenAI's batch results, in the order in which they come. The file itself says what
/// is there already, so that a second start writes nothing twice. Safe for several threads.
/// </summary>
internal sealed class BatchResults : IDisposable
{
    private const string RefusedPrefix = "refused-";

    private static readonly JsonWriterOptions s_asWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _gate = new();
    private readonly FileStream _file;

    // Under _gate.
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);

    private BatchResults(FileStream file) => _file = file;

    /// <summary>Answers that are completions.</summary>
    public int Completed { get; private set; }

    /// <summary>Answers that are errors.</summary>
    public int Failed { get; private set; }

    public static async Task<(BatchResults? Results, string? Error)> OpenAsync(string path, CancellationToken cancel)
    {
        FileStream? file = null;
        try
        {
            file = OwnFile.Open(path);
            var results = new BatchResults(file);
            file.SetLength(await results.ReadAllAsync(cancel));
            file.Seek(0, SeekOrigin.End);
            return (results, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (file is not null) await file.DisposeAsync();
            return (null, $"{path} cannot be used (does another run use it?): {e.Message}");
        }
    }

    public bool Has(Guid jobId) => Has(jobId.ToString("D"));

    public bool HasRefused(int line) => Has(RefusedId(line));

    /// <summary>An answer of a job that ended: the completion, or the error object.</summary>
    public void WriteEnded(Guid jobId, string customId, int status, string? requestId, ReadOnlySpan<byte> body) =>
        Write(jobId.ToString("D"), customId, status, requestId, body, null, null);

    /// <summary>A line that the server refused; there is no job.</summary>
    public void WriteRefused(int line, string customId, int status, string? requestId, ReadOnlySpan<byte> body) =>
        Write(RefusedId(line), customId, status, requestId, body, null, null);

    /// <summary>A job whose result has expired.</summary>
    public void WriteGone(Guid jobId, string customId, string code, string message) =>
        Write(jobId.ToString("D"), customId, 0, null, default, code, message);

    public void Dispose() => _file.Dispose();

    private static string RefusedId(int line) => RefusedPrefix + line.ToString(CultureInfo.InvariantCulture);

    private bool Has(string id)
    {
        lock (_gate) return _written.Contains(id);
    }

    private void Write(
        string id, string customId, int status, string? requestId, ReadOnlySpan<byte> body, string? code, string? message)
    {
        var line = new ArrayBufferWriter<byte>(body.Length + 256);
        using (var json = new Utf8JsonWriter(line, s_asWritten))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, id);
            json.WriteString("custom_id"u8, customId);
            if (status == 0) json.WriteNull("response"u8);
            else WriteResponse(json, status, requestId, body);
            if (code is null) json.WriteNull("error"u8);
            else WriteError(json, code, message!);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        lock (_gate)
        {
            if (!_written.Add(id)) return;
            _file.Write(line.WrittenSpan);
            _file.Flush();
            Count(status);
        }
    }

    private static void WriteResponse(Utf8JsonWriter json, int status, string? requestId, ReadOnlySpan<byte> body)
    {
        json.WriteStartObject("response"u8);
        json.WriteNumber("status_code"u8, status);
        json.WriteString("request_id"u8, requestId);
        json.WritePropertyName("body"u8);
        WriteBody(json, body);
        json.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter json, string code, string message)
    {
        json.WriteStartObject("error"u8);
        json.WriteString("code"u8, code);
        json.WriteString("message"u8, message);
        json.WriteEndObject();
    }

    private static void WriteBody(Utf8JsonWriter json, ReadOnlySpan<byte> body)
    {
        try
        {
            // Parsed, so that it stands on one line whatever white space it came with.
            using var document = JsonDocument.Parse(body.ToArray());
            document.RootElement.WriteTo(json);
        }
        catch (JsonException)
        {
            // A proxy in between may answer with a page of its own.
            json.WriteStringValue(Encoding.UTF8.GetString(body));
        }
    }

    private void Count(int status)
    {
        if (status is >= 200 and < 300) Completed++;
        else Failed++;
    }

    /// <summary>Takes in what is there; answers where the whole lines end.</summary>
    private async Task<long> ReadAllAsync(CancellationToken cancel)
    {
        long whole = 0;
        await foreach (var line in Lines.ReadAsync(_file, cancel))
        {
            if (!line.IsWhole) break;
            if (!line.Bytes.IsEmpty) TakeLine(line);
            whole = line.End;
        }

        return whole;
    }

    private void TakeLine(in FileLine line)
    {
        try
        {
            using var document = JsonDocument.Parse(line.Bytes);
            var root = document.RootElement;
            _written.Add(root.GetProperty("id").GetString()!);
            Count(root.GetProperty("response") is { ValueKind: JsonValueKind.Object } response ? response.GetProperty("status_code").GetInt32() : 0);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new IOException($"line {line.Number} is no result of a batch; name another file with --output", e);
        }
    }
}
