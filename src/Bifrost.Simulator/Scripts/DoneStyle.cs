namespace Bifrost.Simulator.Scripts;

/// <summary>How a stream's end mark is written.</summary>
internal enum DoneStyle
{
    /// <summary><c>data: [DONE]</c> and a blank line.</summary>
    Whole,

    /// <summary>No end mark: the body ends after the last chunk.</summary>
    None,

    /// <summary><c>data: [DONE]</c> and nothing behind it.</summary>
    Bare,

    /// <summary><c>data: [DONE]</c> and one line end, no blank line.</summary>
    Line,
}
