using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Bifrost.Server.Client;

/// <summary>How a command writes: tables for people, JSON for machines.</summary>
internal static class ClientOutput
{
    public static Task JsonAsync(Action<Utf8JsonWriter> write)
    {
        var text = new ArrayBufferWriter<byte>(4_096);
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true })) write(json);
        return Console.Out.WriteLineAsync(Encoding.UTF8.GetString(text.WrittenSpan));
    }

    public static Task TextAsync(string text) => Console.Out.WriteLineAsync(text.TrimEnd());

    public static string Cell(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";

    public static string Cell(double? value, string form = "0.0") => value?.ToString(form, CultureInfo.InvariantCulture) ?? "-";

    public static string Cell(string? value) => string.IsNullOrEmpty(value) ? "-" : value;
}
