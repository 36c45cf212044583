//! (in the making)
pub struct Sandbox;
impl Sandbox {
    pub fn name(&self) -> &'static str {
        "sandbox"
    }
}
#[async_trait::async_trait]
impl crate::Provider for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }
    async fn send(&self, _: &crate::Request) -> crate::Outcome {
        crate::Outcome::Unknown {
            detail: String::new(),
        }
    }
    async fn look_up(&self, _: uuid::Uuid) -> crate::LookUp {
        crate::LookUp::NotKnown
    }
}
