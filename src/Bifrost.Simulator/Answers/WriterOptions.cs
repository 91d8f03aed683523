using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bifrost.Simulator.Answers;

/// <summary>How all JSON of answers is written: text beyond ASCII goes out as it is, as providers send it.</summary>
internal static class WriterOptions
{
    public static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
}
