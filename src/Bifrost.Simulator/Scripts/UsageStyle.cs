namespace Bifrost.Simulator.Scripts;

/// <summary>How a stream tells its usage. Plain answers know only <see cref="Asked"/> and <see cref="Never"/>.</summary>
internal enum UsageStyle
{
    /// <summary>A chunk of its own with empty choices, when <c>stream_options.include_usage</c> asks for it.</summary>
    Asked,

    /// <summary>No usage, asked or not, streamed or plain.</summary>
    Never,

    /// <summary>A chunk of its own, asked or not.</summary>
    Always,

    /// <summary>On the chunk that carries the finish reason.</summary>
    OnContent,

    /// <summary>A chunk of its own, sent two times.</summary>
    Twice,

    /// <summary>A running count on every chunk, and the whole at the end.</summary>
    Running,
}
