using System.Globalization;
using System.Text;
using Bifrost.Catalog.Model;

namespace Bifrost.Simulation.Attackers;

/// <summary>What one caller sends: a body of a random shape, all of it valid, little of it harmless.</summary>
internal sealed class AttackBody
{
    private readonly Random _random;
    private readonly List<string> _fields = [];
    private string _padding = "";

    private AttackBody(Random random, AttackModel model)
    {
        _random = random;
        _fields.Add($"\"model\":\"{model.FullName}\"");
        Messages();
        Schemas();
        Limits();
        Extras();
        Stream = random.Next(3) > 0;
        if (Stream) _fields.Add("\"stream\":true" + Options());
        Clamp = random.Next(3) == 0 ? (ClampRule)random.Next(4) : null;
        Json = Encoding.UTF8.GetBytes("{" + string.Join(',', _fields) + "}" + _padding);
    }

    private AttackBody(string json) => (_random, Json) = (new Random(0), Encoding.UTF8.GetBytes(json));

    public byte[] Json { get; }
    public bool Stream { get; }
    public ClampRule? Clamp { get; }

    public static AttackBody Of(Random random, AttackModel model) => new(random, model);

    /// <summary>What an honest caller sends: some words, and a limit.</summary>
    public static AttackBody Honest(AttackModel model) =>
        new($$"""{"model":"{{model.FullName}}","messages":[{"role":"user","content":"Say hello."}],"max_tokens":50}""");

    private string Text()
    {
        var length = _random.Next(6) == 0 ? _random.Next(500, 6_000) : _random.Next(1, 300);
        return _random.Next(6) switch
        {
            0 => string.Concat(Enumerable.Repeat("\\u00e9", (length / 6) + 1)),
            1 => string.Concat(Enumerable.Repeat("𝅘𝅥𝅮", (length / 12) + 1)),
            2 => string.Concat(Enumerable.Repeat("word ", (length / 5) + 1)),
            _ => new string('a', length),
        };
    }

    private string Options() => _random.Next(4) switch
    {
        0 => ",\"stream_options\":{}",
        1 => ",\"stream_options\":{\"include_usage\":false}",
        _ => "",
    };

    private void Messages()
    {
        var text = Text();
        var user = $$"""{"role":"user","content":"{{text}}"}""";
        _fields.Add("\"messages\":[" + _random.Next(9) switch
        {
            0 => $$"""{"role":"user","content":[{"type":"text","text":"{{text}}"},{"text":"x","type":"text"}]}""",
            1 => $$"""{"role":"user","content":"x","note":"{{text}}"}""",
            2 => $$$"""{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{{{text}}}"}}]},{{{user}}}""",
            3 => $$$"""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{new string('A', text.Length)}}}"}}]}""",
            4 => """{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"http://i/i.png","detail":"high"}}]}""",
            5 when _random.Next(3) == 0 => """{"role":"user","content":[{"type":"file","file":{"file_id":"f-1"}}]}""",
            6 => string.Join(',', Enumerable.Repeat("""{"role":"user","content":""}""", _random.Next(1, 30))),
            _ => user,
        } + "]");
        if (_random.Next(6) == 0) _padding = new string(' ', _random.Next(100, 5_000));
    }

    private void Schemas()
    {
        if (_random.Next(5) == 0)
        {
            var tool = $$$"""{"type":"function","function":{"name":"f","description":"{{{Text()}}}","parameters":{{{Nested(_random.Next(0, 20))}}}}}""";
            _fields.Add("\"tools\":[" + string.Join(',', Enumerable.Repeat(tool, _random.Next(1, 4))) + "]");
        }

        if (_random.Next(7) == 0) _fields.Add($$"""  "functions":[{"name":"f","description":"{{Text()}}"}]""");
        if (_random.Next(8) == 0) _fields.Add($$"""  "response_format":{"type":"json_schema","json_schema":{{Nested(_random.Next(0, 12))}}}""");
    }

    private static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("{\"type\":\"object\",\"p\":", depth)) + "{}" + new string('}', depth);

    private void Limits()
    {
        switch (_random.Next(10))
        {
            case 0: _fields.Add("\"max_tokens\":9995000"); break;
            case 1: _fields.Add(Number("max_tokens", 1, 4_000)); break;
            case 2: _fields.Add(Number("max_completion_tokens", 1, 20_000) + "," + Number("max_tokens", 1, 20_000)); break;
            case 3: _fields.Add(Number("max_completion_tokens", 1, 500)); break;
            case 4: _fields.Add("\"max_tokens\":null"); break;
            case 5: _fields.Add("\"max_completion_tokens\":null," + Number("max_tokens", 1, 500)); break;
            case 6: _fields.Add(Number("max_tokens", 1, 100)); break;
        }

        if (_random.Next(4) == 0) _fields.Add(Number("n", 1, 5));
        if (_random.Next(9) == 0) _fields.Add(Number("best_of", 1, 6));
    }

    private void Extras()
    {
        if (_random.Next(4) == 0) _fields.Add($"\"service_tier\":\"{Pick("priority", "flex", "auto", "default", "turbo", "Priority")}\"");
        if (_random.Next(8) == 0) _fields.Add($$"""  "prediction":{"type":"content","content":"{{Text()}}"}""");
        if (_random.Next(20) == 0) _fields.Add($$"""  "metadata":{"note":"{{Text()}}"}""");
        if (_random.Next(12) == 0) _fields.Add(Pick("\"web_search_options\":{}", "\"models\":[\"x\"]", "\"plugins\":[]", "\"max_output_tokens\":9"));
    }

    private string Number(string name, int from, int to) => string.Create(CultureInfo.InvariantCulture, $"\"{name}\":{_random.Next(from, to)}");

    private string Pick(params string[] of) => of[_random.Next(of.Length)];
}
