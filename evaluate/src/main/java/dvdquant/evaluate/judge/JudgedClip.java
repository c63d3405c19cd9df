package dvdquant.evaluate.judge;

/** A clip's caption, and what the judge saw in the clip. */
public record JudgedClip(JudgeCaption caption, Judgement judgement) {
    /** Whether the clip shows what its caption says of one attribute. */
    public boolean isRight(Attribute attribute) {
        return judgement.answers().get(attribute).equals(caption.answers().get(attribute));
    }

    /** How many of the six attributes are right. */
    public int right() {
        int right = 0;
        for (Attribute attribute : Attribute.values()) {
            if (isRight(attribute)) right++;
        }
        return right;
    }

    public boolean isAllRight() {
        return right() == Attribute.values().length;
    }
}
