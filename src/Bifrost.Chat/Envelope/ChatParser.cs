using System.Text.Json;
using System.Text.Unicode;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Envelope;

/// <summary>The one pass over a request body. Answers the first fault it meets, or none.</summary>
internal ref struct ChatParser
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly ChatLimits _limits;
    private Utf8JsonReader _reader;
    private ChatFacts _facts;
    private ContentTally _content;
    private uint _seen;

    private ChatParser(ReadOnlySpan<byte> body, ChatLimits limits)
    {
        _body = body;
        _limits = limits;
        _reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = limits.DepthMax });
        _content.Choices = _facts.ShownChoices = 1;
    }

    public static GatewayError? Parse(ReadOnlySpan<byte> body, ChatLimits limits, string? deployment, out ChatFacts facts)
    {
        facts = default;
        if (!Utf8.IsValid(body)) return BodyFaults.NotUtf8(body);
        var parser = new ChatParser(body, limits);
        try
        {
            var fault = parser.ReadBody(deployment);
            facts = parser._facts;
            return fault;
        }
        catch (JsonException exception)
        {
            return BodyFaults.NotJson(body, exception);
        }
    }

    private GatewayError? ReadBody(string? deployment)
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject) return BodyFaults.NotAnObject(_reader);
        _facts.Inside = (int)_reader.BytesConsumed;

        if (deployment is not null)
        {
            if (!ModelName.IsRight(deployment, _limits)) return ModelName.Fault("model", _limits);
            _facts.Model = deployment;
        }

        if (ReadMembers(deployment is not null) is { } fault) return fault;

        // Whatever follows the object is a fault that the reader reports.
        _reader.Read();
        _facts.Content = _content.Of(_body.Length);
        _facts.Choices = _content.Choices;
        if (_facts.Model is null) return BodyFaults.Missing("model");
        return _facts.MessagesFound ? null : BodyFaults.Missing("messages");
    }

    private GatewayError? ReadMembers(bool modelIsFixed)
    {
        var previousEnd = 0;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = new JsonMember { NameStart = (int)_reader.TokenStartIndex, PreviousEnd = previousEnd };

            var field = ChatFields.Find(_reader, out var isVariant);
            if (field >= 0 && Repeats(field, isVariant) is { } repeated) return repeated;

            if (field < 0)
            {
                _content.Other(ref _reader);
                if (_content.Choices > _limits.ChoicesMax)
                    return BodyFaults.Wrong("best_of", $"an integer from 1 to {_limits.ChoicesMax}", _reader);
                previousEnd = (int)_reader.BytesConsumed;
                continue;
            }

            _reader.Read();
            var start = (int)_reader.TokenStartIndex;
            member.IsNull = _reader.TokenType == JsonTokenType.Null;
            if (!member.IsNull && Check(field, modelIsFixed) is { } fault) return fault;

            previousEnd = (int)_reader.BytesConsumed;
            member.Value = new JsonSpan(start, previousEnd);
            Note(field, member);
        }

        return null;
    }

    private GatewayError? Repeats(ChatField field, bool isVariant)
    {
        var name = ChatFields.Rules[(int)field].Name;
        if (isVariant) return BodyFaults.Variant(name, BodyFaults.NameOf(_reader));
        var bit = 1u << (int)field;
        if ((_seen & bit) != 0) return BodyFaults.Twice(name);
        _seen |= bit;
        return null;
    }

    private void Note(ChatField field, in JsonMember member)
    {
        switch (field)
        {
            case ChatField.Model: _facts.ModelMember = member; break;
            case ChatField.Fallbacks: _facts.FallbacksMember = member; break;
            case ChatField.MaxTokens: _facts.MaxTokensMember = member; break;
            case ChatField.MaxCompletionTokens: _facts.MaxCompletionTokensMember = member; break;
            case ChatField.StreamOptions: _facts.StreamOptionsMember = member; break;
            case ChatField.ServiceTier: _facts.ServiceTierMember = member; break;
        }
    }

    /// <summary>Checks the value that the reader stands on and leaves the reader at its end.</summary>
    private GatewayError? Check(ChatField field, bool modelIsFixed)
    {
        var rule = ChatFields.Rules[(int)field];
        return rule.Kind switch
        {
            FieldKind.Text => CheckText(field, rule),
            FieldKind.Flag => CheckFlag(field, rule),
            FieldKind.Integer => CheckInteger(field, rule),
            FieldKind.Number => CheckNumber(rule),
            FieldKind.Object => CheckObject(rule),
            FieldKind.Schema => CheckSchema(rule),
            FieldKind.Tools => CheckTools(rule),
            FieldKind.Model => CheckModel(rule, modelIsFixed),
            FieldKind.Messages => CheckMessages(rule),
            FieldKind.Stop => CheckStop(rule),
            FieldKind.ToolChoice => CheckToolChoice(rule),
            FieldKind.Effort => CheckEffort(rule),
            FieldKind.StreamOptions => CheckStreamOptions(rule),
            _ => FallbacksReader.Read(ref _reader, rule, _limits, out _facts.Fallbacks),
        };
    }

    private readonly GatewayError Wrong(FieldRule rule) => BodyFaults.Wrong(rule.Name, rule.Right, _reader);

    private GatewayError? CheckFlag(ChatField field, FieldRule rule)
    {
        if (_reader.TokenType is not (JsonTokenType.True or JsonTokenType.False)) return Wrong(rule);
        if (field == ChatField.Stream) _facts.Stream = _reader.TokenType == JsonTokenType.True;
        return null;
    }

    /// <summary>
    /// An integer is written without fraction and exponent: 3.0 is refused, because upstreams disagree about it and credit is held
    /// against the limits.
    /// </summary>
    private GatewayError? CheckInteger(ChatField field, FieldRule rule)
    {
        if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out var value) || value < rule.Min) return Wrong(rule);
        switch (field)
        {
            case ChatField.MaxTokens or ChatField.MaxCompletionTokens when value > _limits.OutputTokensMax:
                return BodyFaults.Wrong(rule.Name, $"an integer from 1 to {_limits.OutputTokensMax}", _reader);
            case ChatField.N when value > _limits.ChoicesMax:
                return BodyFaults.Wrong(rule.Name, $"an integer from 1 to {_limits.ChoicesMax}", _reader);
            case ChatField.MaxTokens: _facts.MaxTokens = (int)value; break;
            case ChatField.MaxCompletionTokens: _facts.MaxCompletionTokens = (int)value; break;
            case ChatField.N:
                _facts.ShownChoices = (int)value;
                _content.Choices = Math.Max(_content.Choices, (int)value);
                break;
        }

        return null;
    }

    private readonly GatewayError? CheckNumber(FieldRule rule)
    {
        if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetDouble(out var value)) return Wrong(rule);
        return double.IsFinite(value) && value >= rule.Min && value <= rule.Max ? null : Wrong(rule);
    }

    private GatewayError? CheckObject(FieldRule rule)
    {
        if (_reader.TokenType != JsonTokenType.StartObject) return Wrong(rule);
        _reader.Skip();
        return null;
    }

    private GatewayError? CheckSchema(FieldRule rule)
    {
        if (_reader.TokenType != JsonTokenType.StartObject) return Wrong(rule);
        _content.Schema(ref _reader);
        return null;
    }

    private GatewayError? CheckTools(FieldRule rule)
    {
        if (_reader.TokenType != JsonTokenType.StartArray) return Wrong(rule);
        return _content.Tools(ref _reader) is { } odd ? BodyFaults.Wrong($"{rule.Name}[{odd}]", "an object", _reader) : null;
    }

    private GatewayError? CheckText(ChatField field, FieldRule rule)
    {
        if (_reader.TokenType != JsonTokenType.String) return Wrong(rule);
        if (field == ChatField.ServiceTier) _content.ServiceTier = ContentTally.NameOf(_reader);
        return null;
    }

    private GatewayError? CheckModel(FieldRule rule, bool modelIsFixed)
    {
        if (_reader.TokenType != JsonTokenType.String) return Wrong(rule);
        if (modelIsFixed) return null;
        _facts.Model = ModelName.Read(_reader, _limits);
        return _facts.Model is null ? ModelName.Fault(rule.Name, _limits) : null;
    }

    private GatewayError? CheckMessages(FieldRule rule)
    {
        if (_reader.TokenType != JsonTokenType.StartArray) return Wrong(rule);
        var count = 0;
        for (; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; count++)
        {
            if (_reader.TokenType != JsonTokenType.StartObject) return BodyFaults.Wrong($"messages[{count}]", "an object", _reader);
            _content.Message();
            if (CheckMessage(count) is { } fault) return fault;
        }

        _facts.MessagesFound = true;
        return count > 0 ? null : BodyFaults.Empty(rule.Name);
    }

    private GatewayError? CheckMessage(int index)
    {
        var hasRole = false;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var isRole = FieldName.Is(_reader, "role"u8);
            if (!isRole)
            {
                _content.Member(ref _reader);
                continue;
            }

            _reader.Read();
            if (_reader.TokenType != JsonTokenType.String) return BodyFaults.Wrong($"messages[{index}].role", "a string", _reader);
            hasRole = true;
        }

        return hasRole ? null : BodyFaults.Missing($"messages[{index}].role");
    }

    private GatewayError? CheckStop(FieldRule rule)
    {
        if (_reader.TokenType == JsonTokenType.String) return null;
        if (_reader.TokenType != JsonTokenType.StartArray) return Wrong(rule);
        for (var i = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; i++)
            if (_reader.TokenType != JsonTokenType.String) return BodyFaults.Wrong($"stop[{i}]", "a string", _reader);
        return null;
    }

    private GatewayError? CheckToolChoice(FieldRule rule)
    {
        if (_reader.TokenType == JsonTokenType.String)
            return FieldName.Is(_reader, "none"u8) || FieldName.Is(_reader, "auto"u8) || FieldName.Is(_reader, "required"u8)
                ? null
                : Wrong(rule);
        return CheckObject(rule);
    }

    private GatewayError? CheckEffort(FieldRule rule)
    {
        if (_reader.TokenType != JsonTokenType.String || _reader.ValueSpan.IsEmpty) return Wrong(rule);
        var asksNot = FieldName.Is(_reader, "none"u8);
        _content.AsksToThink |= !asksNot;
        _content.AsksNotToThink |= asksNot;
        return !_limits.StrictEnums || FieldName.Is(_reader, "none"u8) || FieldName.Is(_reader, "minimal"u8) || FieldName.Is(_reader, "low"u8)
            || FieldName.Is(_reader, "medium"u8) || FieldName.Is(_reader, "high"u8) || FieldName.Is(_reader, "xhigh"u8)
            ? null
            : Wrong(rule);
    }

    private GatewayError? CheckStreamOptions(FieldRule rule)
    {
        const string Param = "stream_options.include_usage";
        if (_reader.TokenType != JsonTokenType.StartObject) return Wrong(rule);
        _facts.StreamOptionsEmpty = true;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            _facts.StreamOptionsEmpty = false;
            var isUsage = FieldName.Is(_reader, "include_usage"u8);
            if (!isUsage && FieldName.IsVariant(_reader, "include_usage"u8)) return BodyFaults.Variant(Param, BodyFaults.NameOf(_reader));
            if (isUsage && _facts.IncludeUsageValue.Exists) return BodyFaults.Twice(Param);
            _reader.Read();
            if (isUsage)
            {
                if (_reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
                    return BodyFaults.Wrong(Param, "true or false", _reader);
                _facts.IncludeUsage = _reader.TokenType == JsonTokenType.True;
                _facts.IncludeUsageValue = new((int)_reader.TokenStartIndex, (int)_reader.BytesConsumed);
            }

            _reader.Skip();
        }

        return null;
    }
}
